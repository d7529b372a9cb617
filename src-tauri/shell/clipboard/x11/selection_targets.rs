//! The formats that the clipboard's owner offers on X11: the selection's `TARGETS` (ICCCM section 2.6.2).

use x11rb::protocol::xproto::ConnectionExt as _;

use super::connection::X11Result;
use super::selection_reader::{ReadLimits, SelectionReader};
use crate::clipboard::error::OWNER_TIMEOUT;

/// The most formats that are looked at; the name of each takes a question to the server.
const MAX_FORMATS: usize = 1024;

/// The names of the formats that the owner of the clipboard offers; empty if it has no owner.
pub(crate) fn offered() -> X11Result<Vec<String>> {
    let limits = ReadLimits::within(OWNER_TIMEOUT, size_of::<u32>() * MAX_FORMATS);
    let Some(reader) = SelectionReader::connect()? else { return Ok(Vec::new()) };
    let listed = reader.read("TARGETS", limits)?;
    let atoms = listed.ok_or("the owner of the clipboard does not list its formats")?;
    let atoms = atoms.as_chunks().0.iter().map(|atom| u32::from_ne_bytes(*atom));
    let names = atoms.map(|atom| reader.connection.get_atom_name(atom));
    // All requests are sent before the first reply is awaited.
    let names = names.collect::<Result<Vec<_>, _>>()?;
    names
        .into_iter()
        .map(|name| Ok(String::from_utf8_lossy(&name.reply()?.name).into_owned()))
        .collect()
}
