//! [`Segments`]: the code before and after the cursor.

/// Marks the cursor in a text that holds code on both sides of it: the code after the marker is the
/// suffix. No programming language uses its angle brackets (U+2039, U+203A).
pub const DEFAULT_CURSOR_MARKER: &str = "‹cursor›";

/// The code around the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Segments {
    /// The code before the cursor.
    pub prefix: String,
    /// The code after the cursor; empty if it is not known.
    pub suffix: String,
}

impl Segments {
    /// Splits `text` at the first `marker`. If there is none, or `marker` is empty, the cursor is
    /// at the end.
    pub fn split_at_marker(text: &str, marker: &str) -> Self {
        let split = if marker.is_empty() { None } else { text.split_once(marker) };
        let (prefix, suffix) = split.unwrap_or((text, ""));
        Self { prefix: prefix.to_owned(), suffix: suffix.to_owned() }
    }

    /// Whether the prefix holds nothing but white space, so that there is nothing to complete.
    pub fn is_blank(&self) -> bool {
        self.prefix.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_marker_splits_prefix_from_suffix() {
        let check = |text: &str, marker: &str, prefix: &str, suffix: &str| {
            let segments = Segments::split_at_marker(text, marker);
            assert_eq!(
                (segments.prefix.as_str(), segments.suffix.as_str()),
                (prefix, suffix),
                "{text:?} at {marker:?}"
            );
        };
        check("a = ‹cursor›\nb", DEFAULT_CURSOR_MARKER, "a = ", "\nb");
        check("a = ", DEFAULT_CURSOR_MARKER, "a = ", "");
        check("‹cursor›b", DEFAULT_CURSOR_MARKER, "", "b");
        check("a|b|c", "|", "a", "b|c");
        check("a|b", "", "a|b", "");
    }
}
