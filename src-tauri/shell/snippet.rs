//! From a clipboard's text to what the model reads, and from its completion to what the clipboard gets.

use crate::ipc::ClipboardBehaviour;

/// The most text that is handed to the service: beyond it no model looks. The clipboard itself is never shortened.
const MAX_PREFIX_BYTES: usize = 64 << 10;

/// The end of `snippet`, where the cursor is: whole lines where it has to be clipped.
pub fn prefix(snippet: &str) -> &str {
    let Some(excess) = snippet.len().checked_sub(MAX_PREFIX_BYTES) else { return snippet };
    let tail = &snippet[snippet.ceil_char_boundary(excess)..];
    tail.split_once('\n').map_or(tail, |(_, whole_lines)| whole_lines)
}

/// What goes to the clipboard, or into the window, for a `completion` of `snippet`. Its line ends are the snippet's.
pub fn compose(snippet: &str, completion: &str, behaviour: ClipboardBehaviour) -> String {
    let completion = if snippet.contains("\r\n") {
        completion.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        completion.to_owned()
    };
    match behaviour {
        ClipboardBehaviour::Append => format!("{snippet}{completion}"),
        ClipboardBehaviour::Replace | ClipboardBehaviour::Paste => completion,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_snippet_is_read_whole() {
        for snippet in ["", "fn main() {", "é\n\u{1f43e}"] {
            assert_eq!(prefix(snippet), snippet, "nothing to clip");
        }
    }

    #[test]
    fn a_long_snippet_is_read_from_a_line_on() {
        let snippet = "let é = 1;\n".repeat(20_000);
        let read = prefix(&snippet);
        assert!(read.len() <= MAX_PREFIX_BYTES, "the model's share is bounded: {}", read.len());
        assert!(read.len() > MAX_PREFIX_BYTES - 20, "and is not much less: {}", read.len());
        assert!(snippet.ends_with(read) && read.starts_with("let"), "its end, from the start of a line");
        let line = "é".repeat(MAX_PREFIX_BYTES);
        assert!(line.ends_with(prefix(&line)), "a line without an end is cut between characters");
    }

    #[test]
    fn the_clipboard_gets_what_the_setting_says() {
        use ClipboardBehaviour::{Append, Paste, Replace};
        let cases = [
            ("let x = ", "1;", Append, "let x = 1;"),
            ("let x = ", "1;", Replace, "1;"),
            ("let x = ", "1;", Paste, "1;"),
            ("if a {\r\n", "  b\n}", Append, "if a {\r\n  b\r\n}"),
            ("if a {\r\n", "  b\r\n}", Replace, "  b\r\n}"),
            ("if a {\n", "  b\n}", Replace, "  b\n}"),
        ];
        for (snippet, completion, behaviour, expected) in cases {
            assert_eq!(compose(snippet, completion, behaviour), expected, "{behaviour:?} of {snippet:?}");
        }
        let large = "x".repeat(3 * MAX_PREFIX_BYTES);
        assert_eq!(compose(&large, "y", Append).len(), large.len() + 1, "a large snippet is never shortened");
    }
}
