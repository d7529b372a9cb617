//! The formats that a selection's owner offers on X11: the selection's `TARGETS` (ICCCM section 2.6.2), and what is in
//! each of them.

use x11rb::protocol::xproto::ConnectionExt as _;

use super::connection::X11Result;
use super::selection_reader::{OwnerContent, SelectionReader};
use crate::clipboard::all_formats::{AllFormats, FormatContent, has_content};
use crate::clipboard::content::MAX_READ_BYTES;
use crate::clipboard::error::ClipboardError;
use crate::clipboard::source::Source;

/// The most formats that are looked at; the name of each takes a question to the server.
const MAX_FORMATS: usize = 1024;

/// The names of the formats that the owner offers; empty if the selection has no owner.
pub(crate) fn offered(source: Source) -> X11Result<Vec<String>> {
    match SelectionReader::connect(source)? {
        Some(reader) => offered_to(&reader),
        None => Ok(Vec::new()),
    }
}

/// The content in every format on offer, as far as all of them together have no more than [`MAX_READ_BYTES`]. Formats
/// that the owner does not hand over are left out.
///
/// # Errors
/// If the owner is not done in time.
pub(crate) fn all(source: Source) -> X11Result<AllFormats> {
    let Some(reader) = SelectionReader::connect(source)? else { return Ok(AllFormats::default()) };
    let mut all = AllFormats::default();
    for name in offered_to(&reader)?.into_iter().filter(|name| has_content(name)) {
        let bytes_left = MAX_READ_BYTES.saturating_sub(all.n_bytes());
        if let Some(content) = reader.read(&name, bytes_left)? {
            all.0.push(named(&reader, name, content)?);
        }
    }
    Ok(all)
}

fn offered_to(reader: &SelectionReader) -> X11Result<Vec<String>> {
    let listed = reader.read("TARGETS", size_of::<u32>() * MAX_FORMATS)?;
    let listed = listed.ok_or(ClipboardError::NotHandedOver)?;
    let atoms = listed.bytes.as_chunks().0.iter().map(|atom| u32::from_ne_bytes(*atom));
    let names = atoms.map(|atom| reader.connection.get_atom_name(atom));
    // All requests are sent before the first reply is awaited.
    let names = names.collect::<Result<Vec<_>, _>>()?;
    names
        .into_iter()
        .map(|name| Ok(String::from_utf8_lossy(&name.reply()?.name).into_owned()))
        .collect()
}

fn named(
    reader: &SelectionReader,
    name: String,
    content: OwnerContent,
) -> X11Result<FormatContent> {
    let OwnerContent { type_, item_bits, bytes } = content;
    let type_name = reader.connection.get_atom_name(type_)?.reply()?.name;
    let type_name = String::from_utf8_lossy(&type_name).into_owned();
    Ok(FormatContent { name, type_name, item_bits, bytes })
}
