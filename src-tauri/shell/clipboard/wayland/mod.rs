//! The selections of a Wayland compositor, through the data-control protocol.

mod pipe;

use std::io;

use wl_clipboard_rs::paste::{self, ClipboardType, MimeType, Seat};

use super::error::ClipboardError;
use super::source::{Selection, Source};

/// The MIME types on offer; empty if there is no content.
pub(super) fn formats(selection: Selection) -> Result<Vec<String>, ClipboardError> {
    match paste::get_mime_types_ordered(kind(selection), Seat::Unspecified) {
        Ok(types) => Ok(types),
        Err(paste::Error::NoSeats | paste::Error::ClipboardEmpty | paste::Error::NoMimeType) => {
            Ok(Vec::new())
        }
        Err(error) => Err(ClipboardError::Unusable(format!("Wayland: {error}"))),
    }
}

/// At most `max_bytes` of the content of this MIME type.
pub(super) fn content(
    source: Source,
    format: &str,
    max_bytes: usize,
) -> Result<Vec<u8>, ClipboardError> {
    let (selection, format) = (kind(source.selection), MimeType::Specific(format));
    let (pipe, _) = paste::get_contents(selection, Seat::Unspecified, format)
        .map_err(|_| ClipboardError::NotHandedOver)?;
    pipe::read(pipe.into(), source.end_from_now(), max_bytes).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => ClipboardError::OwnerHangs,
        _ => ClipboardError::new(error),
    })
}

fn kind(selection: Selection) -> ClipboardType {
    match selection {
        Selection::Clipboard => ClipboardType::Regular,
        Selection::Primary => ClipboardType::Primary,
    }
}
