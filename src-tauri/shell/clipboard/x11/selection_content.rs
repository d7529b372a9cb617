//! What the clipboard holds on X11: the names of the formats on offer, the text and the HTML.

use x11rb::protocol::xproto::ConnectionExt as _;

use super::connection::X11Result;
use super::selection_transfer::SelectionTransfer;
use crate::clipboard::content::decode;

/// The most names that are looked up; each takes a question to the server.
const MAX_FORMATS: usize = 1024;
/// The format of old programs, in ISO Latin-1 (ICCCM section 2.6.2).
const LATIN1: &str = "STRING";
/// The formats of a text, in the order in which they are asked for.
const TEXT_FORMATS: [&str; 6] = [
    "UTF8_STRING",
    "text/plain;charset=utf-8",
    "text/plain;charset=UTF-8",
    LATIN1,
    "TEXT",
    "text/plain",
];

/// The names of the formats that the owner of the clipboard offers; empty if it has no owner.
pub(crate) fn formats() -> X11Result<Vec<String>> {
    let transfer = SelectionTransfer::start()?;
    if !transfer.has_owner()? {
        return Ok(Vec::new());
    }
    let listed = transfer.fetch("TARGETS")?;
    let atoms = listed.ok_or("the owner of the clipboard does not list its formats")?;
    let atoms = atoms.as_chunks().0.iter().take(MAX_FORMATS).map(|atom| u32::from_ne_bytes(*atom));
    // All requests are sent before the first reply is awaited.
    let names = atoms.map(|atom| transfer.connection.get_atom_name(atom));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    names
        .into_iter()
        .map(|name| Ok(String::from_utf8_lossy(&name.reply()?.name).into_owned()))
        .collect()
}

/// The content as plain text.
pub(crate) fn text() -> X11Result<String> {
    let transfer = SelectionTransfer::start()?;
    for format in TEXT_FORMATS {
        match transfer.fetch(format)? {
            Some(bytes) if format == LATIN1 => {
                return Ok(bytes.into_iter().map(char::from).collect());
            }
            Some(bytes) => return Ok(decode(bytes)?),
            None => {}
        }
    }
    Err("the owner of the clipboard has no text".into())
}

/// The content as HTML.
pub(crate) fn html() -> X11Result<String> {
    let html = SelectionTransfer::start()?.fetch("text/html")?;
    Ok(decode(html.ok_or("the owner of the clipboard has no HTML")?)?)
}
