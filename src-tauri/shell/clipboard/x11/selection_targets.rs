//! The formats that the clipboard's owner offers on X11: the selection's `TARGETS` (ICCCM section 2.6.2).

use x11rb::protocol::xproto::{ConnectionExt as _, GetPropertyReply};
use x11rb::rust_connection::RustConnection;

use super::connection::X11Result;
use super::selection_reader::{ReadLimits, SelectionReader};
use crate::clipboard::error::OWNER_TIMEOUT;

/// More than any program offers.
const MAX_FORMATS: usize = 1024;

/// The names of the formats that the owner of the clipboard offers; empty if it has no owner.
pub(crate) fn offered() -> X11Result<Vec<String>> {
    let Some(reader) = SelectionReader::connect()? else { return Ok(Vec::new()) };
    let limits = ReadLimits { max_bytes: 4 * MAX_FORMATS, timeout: OWNER_TIMEOUT };
    let list = reader.read("TARGETS", limits)?;
    names_in(
        &reader.connection,
        &list.ok_or("the owner of the clipboard does not list its formats")?,
    )
}

/// The names of the atoms listed in a property.
fn names_in(connection: &RustConnection, list: &GetPropertyReply) -> X11Result<Vec<String>> {
    let names = list.value32().into_iter().flatten().map(|atom| connection.get_atom_name(atom));
    // All requests are sent before the first reply is awaited.
    let names = names.collect::<Result<Vec<_>, _>>()?;
    names
        .into_iter()
        .map(|name| Ok(String::from_utf8_lossy(&name.reply()?.name).into_owned()))
        .collect()
}
