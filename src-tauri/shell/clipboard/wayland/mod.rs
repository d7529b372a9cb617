//! The clipboard of a Wayland compositor, through the data-control protocol.

mod pipe;

use std::io;

use wl_clipboard_rs::paste::{self, ClipboardType, MimeType, Seat};

use super::content::{MAX_READ_BYTES, decode};
use super::error::{ClipboardError, OWNER_HANGS, OWNER_TIMEOUT};

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
    content(MimeType::Text)
}

/// The content as HTML.
pub(super) fn html() -> Result<String, ClipboardError> {
    content(MimeType::Specific("text/html"))
}

fn content(format: MimeType<'_>) -> Result<String, ClipboardError> {
    let (pipe, _) = paste::get_contents(ClipboardType::Regular, Seat::Unspecified, format)
        .map_err(ClipboardError::new)?;
    let content = pipe::read(pipe.into(), OWNER_TIMEOUT, MAX_READ_BYTES);
    let content = content.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => ClipboardError::new(OWNER_HANGS),
        _ => ClipboardError::new(error),
    })?;
    decode(content).map_err(ClipboardError::new)
}
