//! [`Prompt`]: what is to be completed, as text. How it becomes token ids is the business of
//! [`PromptEncoder`](crate::prompt_encoder).

use crate::language::Language;

/// Marks the cursor in a text that holds code on both sides of it: code after the marker is the
/// suffix. Angle brackets of this kind (U+2039, U+203A) are in no programming language.
pub const DEFAULT_CURSOR_MARKER: &str = "‹cursor›";

/// The code around the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Segments {
    /// Everything before the cursor.
    pub prefix: String,
    /// Everything after it; empty when nothing is known of it.
    pub suffix: String,
}

impl Segments {
    /// Splits `text` at the first `marker`. Without one (or with an empty one) the cursor is at
    /// the end.
    pub fn split_at_marker(text: &str, marker: &str) -> Self {
        let split = if marker.is_empty() { None } else { text.split_once(marker) };
        let (prefix, suffix) = split.unwrap_or((text, ""));
        Self { prefix: prefix.to_owned(), suffix: suffix.to_owned() }
    }

    /// Whether there is nothing to go on from.
    pub fn is_blank(&self) -> bool {
        self.prefix.trim().is_empty()
    }
}

/// How much to complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Mode {
    /// Up to the end of the line, or the next line if the cursor stands at the end of one.
    #[default]
    Line,
    /// Lines until the indentation falls below the cursor's.
    Block,
    /// Until the model ends the completion or the token limit is reached.
    Free,
}

/// What is to be completed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Prompt {
    /// The code around the cursor.
    pub segments: Segments,
    /// Its language.
    pub language: Language,
    /// How much is wanted.
    pub mode: Mode,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_splits_prefix_from_suffix() {
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
