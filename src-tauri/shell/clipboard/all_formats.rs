//! [`AllFormats`]: a content of the clipboard in every format that its owner offers, to be given back after a paste.

use std::fmt;

/// One format of a content.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FormatContent {
    /// The format's name: an X11 target.
    pub(crate) name: String,
    /// The name of the type that the owner answered with, which may be another.
    pub(crate) type_name: String,
    /// How many bits each item has: 8, 16 or 32.
    pub(crate) item_bits: u8,
    /// The items, in this machine's byte order.
    pub(crate) bytes: Vec<u8>,
}

/// A content in every format. It belongs to the user: never log it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct AllFormats(pub(crate) Vec<FormatContent>);

/// Formats that are no content: questions about the selection, or orders to its owner (ICCCM section 2.6).
const NO_CONTENT: [&str; 8] = [
    "TARGETS",
    "MULTIPLE",
    "TIMESTAMP",
    "SAVE_TARGETS",
    "DELETE",
    "INSERT_SELECTION",
    "INSERT_PROPERTY",
    "ATOM_PAIR",
];

/// Whether a format of this name has content.
pub(crate) fn has_content(name: &str) -> bool {
    !NO_CONTENT.contains(&name)
}

impl AllFormats {
    /// The size of all formats in bytes.
    pub(crate) fn n_bytes(&self) -> usize {
        self.0.iter().map(|format| format.bytes.len()).sum()
    }
}

impl fmt::Debug for AllFormats {
    /// Shows names and sizes only, so that no log can hold the user's content by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.iter().map(|format| (&format.name, format.bytes.len())))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_never_shows_itself() {
        let text = FormatContent {
            name: "UTF8_STRING".into(),
            type_name: "UTF8_STRING".into(),
            item_bits: 8,
            bytes: b"let x = ".to_vec(),
        };
        let shown = format!("{:?}", AllFormats(vec![text]));
        assert_eq!(shown, r#"{"UTF8_STRING": 8}"#, "logs may hold sizes only");
    }
}
