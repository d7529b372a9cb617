//! The clipboard's text and HTML on X11.

use super::connection::X11Result;
use super::selection_reader::{ReadLimits, SelectionReader};
use crate::clipboard::content::{MAX_READ_BYTES, decode};
use crate::clipboard::error::OWNER_TIMEOUT;

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

/// The content as plain text.
pub(crate) fn text() -> X11Result<String> {
    let (format, bytes) = first_of(&TEXT_FORMATS)?;
    match format {
        LATIN1 => Ok(bytes.into_iter().map(char::from).collect()),
        _ => Ok(decode(bytes)?),
    }
}

/// The content as HTML.
pub(crate) fn html() -> X11Result<String> {
    let (_, bytes) = first_of(&["text/html"])?;
    Ok(decode(bytes)?)
}

/// The content in the first of the formats that the owner has.
fn first_of(formats: &[&'static str]) -> X11Result<(&'static str, Vec<u8>)> {
    let limits = ReadLimits::within(OWNER_TIMEOUT, MAX_READ_BYTES);
    let reader = SelectionReader::connect()?.ok_or("the clipboard is empty")?;
    for &format in formats {
        if let Some(bytes) = reader.read(format, limits)? {
            return Ok((format, bytes));
        }
    }
    Err(format!("the owner of the clipboard has no {}", formats[0]).into())
}
