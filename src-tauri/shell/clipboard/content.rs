//! [`Snapshot`]: a text content of the clipboard.

use std::fmt;
use std::string::FromUtf8Error;

/// The largest content in bytes that the app reads or writes. On X11, `arboard` serves only what fits into one request
/// to the server, about 16 MB; anything larger could be neither written nor put back.
pub(crate) const MAX_BYTES: usize = 8 << 20;
/// The largest hint in bytes that is read beside a text. VS Code's has about a hundred, and more for several cursors.
pub(crate) const MAX_HINT_BYTES: usize = 64 << 10;

/// The format of old programs, in ISO Latin-1 (ICCCM section 2.6.2).
const LATIN1: &str = "STRING";

/// How many bytes are read at most: enough to see that the content exceeds [`MAX_BYTES`], even if the read stops within
/// a character, which has at most 4 bytes.
pub(crate) const MAX_READ_BYTES: usize = MAX_BYTES + 4;

/// The text of `content`, of which at most [`MAX_READ_BYTES`] were read, in a format of plain text or HTML.
///
/// # Errors
/// If it is not as the format says.
pub(crate) fn decode_as(format: &str, content: Vec<u8>) -> Result<String, FromUtf8Error> {
    match format {
        LATIN1 => Ok(content.into_iter().map(char::from).collect()),
        _ => decode(content),
    }
}

fn decode(content: Vec<u8>) -> Result<String, FromUtf8Error> {
    // The last character may be cut where reading stopped; any other invalid byte means that this is not UTF-8.
    match content.utf8_chunks().next() {
        Some(first) if first.valid().len() > MAX_BYTES => Ok(first.valid().to_owned()),
        _ => String::from_utf8(content),
    }
}

/// A text content of the clipboard. The text belongs to the user: never log it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// The plain text.
    pub(crate) text: String,
    /// The same text as HTML; `None` if HTML was not offered.
    pub(crate) html: Option<String>,
}

impl Snapshot {
    /// A content without HTML.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), html: None }
    }

    /// The size of both forms in bytes.
    pub(crate) fn n_bytes(&self) -> usize {
        self.text.len() + self.html.as_ref().map_or(0, String::len)
    }
}

impl fmt::Debug for Snapshot {
    /// Shows the size only, so that no log can hold the user's text by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({} bytes, html: {})", self.text.len(), self.html.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_never_shows_its_text() {
        let rich = Snapshot { text: "let x = ".into(), html: Some("<b>let</b> x = ".into()) };
        let shown = format!("{rich:?} {rich:#?}");
        assert!(!shown.contains("let"), "logs may hold sizes only: {shown}");
    }

    #[test]
    fn a_character_that_is_cut_at_the_limit_is_no_error() {
        let wide = "é".repeat(MAX_BYTES);
        for n_bytes in [MAX_READ_BYTES - 1, MAX_READ_BYTES] {
            let text = decode(wide.as_bytes()[..n_bytes].to_vec()).unwrap();
            assert!(text.len() > MAX_BYTES, "still seen to be too large: {} bytes", text.len());
        }
        assert!(decode(b"\xFF".to_vec()).is_err(), "other bytes are no text");
    }
}
