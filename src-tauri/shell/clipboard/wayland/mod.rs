//! The clipboard of a Wayland compositor, through the data-control protocol.

mod pipe;

use std::io;
use std::time::Duration;

use wl_clipboard_rs::paste::{self, ClipboardType, MimeType, Seat};

use super::content::{MAX_HINT_BYTES, MAX_READ_BYTES, decode};
use super::error::{ClipboardError, HINT_TIMEOUT, OWNER_HANGS, OWNER_TIMEOUT};

/// The MIME types on offer; empty if the clipboard is.
pub(super) fn formats() -> Result<Vec<String>, ClipboardError> {
    match paste::get_mime_types_ordered(ClipboardType::Regular, Seat::Unspecified) {
        Ok(types) => Ok(types),
        Err(paste::Error::NoSeats | paste::Error::ClipboardEmpty | paste::Error::NoMimeType) => {
            Ok(Vec::new())
        }
        Err(error) => Err(ClipboardError(format!("Wayland: {error}"))),
    }
}

/// The content as plain text.
pub(super) fn text() -> Result<String, ClipboardError> {
    text_as(MimeType::Text)
}

/// The content as HTML.
pub(super) fn html() -> Result<String, ClipboardError> {
    text_as(MimeType::Specific("text/html"))
}

/// A small content of this MIME type.
///
/// # Errors
/// If it is not offered or larger than [`MAX_HINT_BYTES`], or its owner takes longer than [`HINT_TIMEOUT`].
pub(super) fn hint(format: &str) -> Result<Vec<u8>, ClipboardError> {
    let content = content(MimeType::Specific(format), HINT_TIMEOUT, MAX_HINT_BYTES + 1)?;
    let is_whole = content.len() <= MAX_HINT_BYTES;
    is_whole.then_some(content).ok_or_else(|| ClipboardError::new("the hint is too large"))
}

fn text_as(format: MimeType<'_>) -> Result<String, ClipboardError> {
    let content = content(format, OWNER_TIMEOUT, MAX_READ_BYTES)?;
    decode(content).map_err(ClipboardError::new)
}

/// At most `max_bytes` of the content.
fn content(
    format: MimeType<'_>,
    timeout: Duration,
    max_bytes: usize,
) -> Result<Vec<u8>, ClipboardError> {
    let (pipe, _) = paste::get_contents(ClipboardType::Regular, Seat::Unspecified, format)
        .map_err(ClipboardError::new)?;
    pipe::read(pipe.into(), timeout, max_bytes).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => ClipboardError::new(OWNER_HANGS),
        _ => ClipboardError::new(error),
    })
}
