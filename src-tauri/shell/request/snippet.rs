//! Splits the clipboard's text at the cursor, and composes what goes back from a completion.
//!
//! The service clips what the model reads; the text that goes back to the clipboard is never shortened.

use pounce_engine::{DEFAULT_CURSOR_MARKER, Language, Segments};
use pounce_service::MAX_SEGMENT_BYTES;
use pounce_service::settings::ClipboardBehaviour;

/// The code before and after the cursor, which is at the marker, or at the end if there is none.
pub(crate) fn segments(snippet: &str) -> Segments {
    Segments::split_at_marker(snippet, DEFAULT_CURSOR_MARKER)
}

/// Detects the language of the code before the cursor, from the last bytes that a model reads of it.
pub(crate) fn language(segments: &Segments) -> Language {
    let prefix = &segments.prefix;
    let start = prefix.ceil_char_boundary(prefix.len().saturating_sub(MAX_SEGMENT_BYTES));
    Language::detect(&prefix[start..])
}

/// The text for the clipboard, or to paste, made of a `completion` of `segments`. It gets the snippet's line ends.
pub(crate) fn compose(
    segments: &Segments,
    completion: &str,
    behaviour: ClipboardBehaviour,
) -> String {
    let Segments { prefix, suffix } = segments;
    let completion = if prefix.contains("\r\n") {
        completion.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        completion.to_owned()
    };
    match behaviour {
        ClipboardBehaviour::Append => format!("{prefix}{completion}{suffix}"),
        ClipboardBehaviour::Replace | ClipboardBehaviour::Paste => completion,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clipboard_gets_what_the_setting_says() {
        use ClipboardBehaviour::{Append, Paste, Replace};
        let cases = [
            ("let x = ", "1;", Append, "let x = 1;"),
            ("let x = ", "1;", Replace, "1;"),
            ("let x = ", "1;", Paste, "1;"),
            ("f(‹cursor›)", "x", Append, "f(x)"),
            ("f(‹cursor›)", "x", Replace, "x"),
            ("if a {\r\n", "  b\n}", Append, "if a {\r\n  b\r\n}"),
            ("if a {\r\n", "  b\r\n}", Replace, "  b\r\n}"),
            ("if a {\n", "  b\n}", Replace, "  b\n}"),
        ];
        for (snippet, completion, behaviour, expected) in cases {
            let composed = compose(&segments(snippet), completion, behaviour);
            assert_eq!(composed, expected, "{behaviour:?} of {snippet:?}");
        }
    }

    #[test]
    fn a_large_snippet_is_never_shortened() {
        let snippet = "let é = 1;\n".repeat(100_000);
        let composed = compose(&segments(&snippet), "y", ClipboardBehaviour::Append);
        assert_eq!(composed.len(), snippet.len() + 1, "only the completion is added");
        assert!(composed.starts_with(&snippet), "and nothing is changed");
    }
}
