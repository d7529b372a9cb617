//! [`Snapshot`]: a text content of the clipboard.

use std::fmt;

/// The largest content in bytes that the app reads or writes. On X11, `arboard` serves only what fits into one request
/// to the server, about 16 MB; anything larger could be neither written nor put back.
pub(crate) const MAX_BYTES: usize = 8 << 20;
/// The largest hint in bytes that is read beside a text. VS Code's has about a hundred, and more for several cursors.
pub(crate) const MAX_HINT_BYTES: usize = 64 << 10;

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
}
