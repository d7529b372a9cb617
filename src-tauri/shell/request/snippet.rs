//! [`CopiedSnippet`]: the clipboard's text, cleaned for the model, and what goes back for a completion of it.
//!
//! What is cleaned is next to the cursor, as much as a model reads; the text that goes back to the clipboard is never
//! shortened.

use pounce_engine::{DEFAULT_CURSOR_MARKER, Language, Mode};
use pounce_fitting::{Snippet, clean};
use pounce_service::settings::ClipboardBehaviour;
use pounce_service::{CompletionRequest, MAX_SEGMENT_BYTES};

use super::cursor_markers::CursorMarkers;
use super::line_end::cursor_of;
use crate::clipboard::paste::PasteText;

/// A copied text with its cursor, which is at the marker, or at the end if there is none: before the line end of an
/// unfinished line.
pub(crate) struct CopiedSnippet {
    /// What stands before the code next to the cursor, and is not cleaned.
    before: String,
    /// The code next to the cursor.
    snippet: Snippet,
    /// What stands after it, and is not cleaned.
    after: String,
    language: Language,
}

impl CopiedSnippet {
    /// Cleans `text`, for whose language the editor's word counts more than what the text looks like.
    pub(crate) fn new(text: &str, markers: &CursorMarkers, named: Option<Language>) -> Self {
        let end = cursor_of(text);
        let cursor = markers.find(text).unwrap_or(end..end);
        let (before, after) = (&text[..cursor.start], &text[cursor.end..]);
        let (start, end) = next_to_cursor(before, after);
        let near = [&before[start..], DEFAULT_CURSOR_MARKER, &after[..end]].concat();
        let snippet = clean(&near, &[DEFAULT_CURSOR_MARKER]);
        Self {
            before: before[..start].to_owned(),
            after: after[end..].to_owned(),
            language: named.unwrap_or_else(|| snippet.language()),
            snippet,
        }
    }

    /// The language of the code.
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The request for its completion.
    pub(crate) fn request(&self, mode: Mode) -> CompletionRequest {
        let request = CompletionRequest::new(self.snippet.segments.clone(), mode);
        CompletionRequest { language: self.language, ..request }
    }

    /// The completion as bare code, with the line ends of the text.
    pub(crate) fn bare(&self, completion: &str) -> String {
        self.snippet.undo.bare(completion)
    }

    /// What to paste for a completion of the copied text `snippet`, which this was made of.
    pub(crate) fn to_paste(&self, completion: &str, snippet: &str) -> PasteText {
        let whole = self.compose(completion, ClipboardBehaviour::Append);
        let completion = self.bare(completion);
        // Where the text goes on after the cursor, the completion has no place behind it.
        let is_behind = whole.strip_suffix(&completion) == Some(snippet);
        PasteText { completion, snippet: snippet.to_owned(), whole: (!is_behind).then_some(whole) }
    }

    /// The text for the clipboard, or to paste, made of a completion.
    pub(crate) fn compose(&self, completion: &str, behaviour: ClipboardBehaviour) -> String {
        match behaviour {
            ClipboardBehaviour::Append => {
                [&self.before, &*self.snippet.undo.append(completion), &self.after].concat()
            }
            ClipboardBehaviour::Replace | ClipboardBehaviour::Paste => self.bare(completion),
        }
    }
}

/// Where the code lies that a model reads: its start in `before` the cursor, and its end in what comes `after`. It begins
/// and ends with whole lines, for cleaning goes by lines, but where one is so long that little would be left.
fn next_to_cursor(before: &str, after: &str) -> (usize, usize) {
    let from = before.ceil_char_boundary(before.len().saturating_sub(MAX_SEGMENT_BYTES));
    let to = after.floor_char_boundary(MAX_SEGMENT_BYTES);
    let start = match before[from..].find('\n') {
        Some(at) if from > 0 && at < MAX_SEGMENT_BYTES / 2 => from + at + 1,
        _ => from,
    };
    let end = match after[..to].rfind('\n') {
        Some(at) if to < after.len() => at + 1,
        _ => to,
    };
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ClipboardBehaviour::{Append, Paste, Replace};

    fn snippet(text: &str, named: Option<Language>) -> CopiedSnippet {
        CopiedSnippet::new(text, &CursorMarkers::default(), named)
    }

    fn composed(text: &str, completion: &str, behaviour: ClipboardBehaviour) -> String {
        snippet(text, None).compose(completion, behaviour)
    }

    #[test]
    fn the_clipboard_gets_what_the_setting_says() {
        let cases = [
            ("let x = ", "1;", Append, "let x = 1;"),
            ("let x = ", "1;", Replace, "1;"),
            ("let x = ", "1;", Paste, "1;"),
            ("f(‹cursor›)", "x", Append, "f(x)"),
            ("f(‹cursor›)", "x", Replace, "x"),
            ("f(<cursor>)\n", "x", Append, "f(x)\n"),
            ("f(█)", "x", Append, "f(x)"),
            ("let x =\r\n", " 1;", Append, "let x = 1;\r\n"),
            ("let x =\n", " 1;", Replace, " 1;"),
            ("if a {\r\n", "  b\n}", Append, "if a {\r\n  b\r\n}"),
            ("if a {\r\n", "  b\r\n}", Replace, "  b\r\n}"),
            ("if a {\n", "  b\n}", Replace, "  b\n}"),
        ];
        for (snippet, completion, behaviour, expected) in cases {
            assert_eq!(
                composed(snippet, completion, behaviour),
                expected,
                "{behaviour:?} of {snippet:?}"
            );
        }
    }

    #[test]
    fn a_selected_snippet_is_kept_or_comes_back_with_its_completion() {
        let check = |text: &str, completion: &str, whole: Option<&str>, why: &str| {
            let to_paste = snippet(text, None).to_paste(completion, text);
            assert_eq!(to_paste.whole.as_deref(), whole, "{why}");
            assert_eq!((&*to_paste.completion, &*to_paste.snippet), (completion, text), "{why}");
        };
        check("let x = ", "1;", None, "the completion belongs behind it");
        check("f(‹cursor›)", "x", Some("f(x)"), "it belongs into it");
        check("let x =\n", " 1;", Some("let x = 1;\n"), "it belongs before the line end");
    }

    #[test]
    fn a_completion_is_dressed_where_the_text_stays_and_bare_where_it_goes() {
        let doctest = ">>> for n in a:\r\n...     print(n)\r\n... ";
        let completion = "    print(-n)\n    print(0)";
        let appended = format!("{doctest}    print(-n)\r\n...     print(0)");
        assert_eq!(composed(doctest, completion, Append), appended, "the text byte for byte");
        for behaviour in [Replace, Paste] {
            let bare = "    print(-n)\r\n    print(0)";
            assert_eq!(composed(doctest, completion, behaviour), bare, "{behaviour:?}");
        }
    }

    #[test]
    fn the_service_is_asked_for_clean_code() {
        let text = "+def\u{a0}add(a, b):\r\n+    return ‹cursor›\r\n+\r\n+print(add(1, 2))\r\n";
        let request = snippet(text, None).request(Mode::Block);
        assert_eq!(request.segments.prefix, "def add(a, b):\n    return ", "before the cursor");
        assert_eq!(request.segments.suffix, "\n\nprint(add(1, 2))\n", "and after it");
        assert_eq!((request.language, request.mode), (Language::Python, Mode::Block));
    }

    #[test]
    fn the_editor_knows_the_language_best() {
        let check = |text: &str, named: Option<Language>, expected: Language, why: &str| {
            assert_eq!(snippet(text, named).language(), expected, "{why}");
        };
        let rust = "let mut x = vec![";
        check(rust, None, Language::Rust, "by the look of it");
        let fenced = format!("```swift\n{rust}");
        check(&fenced, None, Language::Swift, "by the fence");
        check(&fenced, Some(Language::Go), Language::Go, "by the editor");
    }

    #[test]
    fn a_large_snippet_is_never_shortened() {
        let snippet = "let é = 1;\n".repeat(100_000);
        let composed = composed(&snippet, "y", ClipboardBehaviour::Append);
        assert_eq!(composed.len(), snippet.len() + 1, "only the completion is added");
        assert!(composed.starts_with(&snippet), "and nothing is changed");
    }

    #[test]
    fn whole_lines_next_to_the_cursor_are_cleaned() {
        let line = "+let é = 1;\r\n";
        let half = line.repeat(2 * MAX_SEGMENT_BYTES / line.len());
        let text = format!("{half}+let x = ‹cursor›;\r\n{half}");
        let snippet = snippet(&text, None);
        let segments = snippet.request(Mode::Line).segments;
        assert!(segments.prefix.starts_with("let é = 1;\nlet é"), "from the start of a line");
        assert!(segments.prefix.ends_with("\nlet x = "), "up to the cursor");
        assert!(segments.suffix.starts_with(";\nlet é"), "and on");
        assert!(segments.suffix.ends_with("\nlet é = 1;\n"), "to the end of a line");
        let cleaned = segments.prefix.len() + segments.suffix.len();
        assert!((MAX_SEGMENT_BYTES..2 * MAX_SEGMENT_BYTES).contains(&cleaned), "{cleaned} bytes");
        let expected = format!("{half}+let x = 1;\r\n{half}");
        assert_eq!(snippet.compose("1", Append), expected, "the rest stays as it was");
    }

    #[test]
    fn a_line_that_is_too_long_is_cut() {
        let text = "é".repeat(MAX_SEGMENT_BYTES);
        for text in [text.clone(), format!("{text}\nlet x = "), format!("‹cursor›{text}\n")] {
            let snippet = snippet(&text, None);
            let segments = snippet.request(Mode::Line).segments;
            let n_bytes = segments.prefix.len() + segments.suffix.len();
            assert!((MAX_SEGMENT_BYTES - 1..=MAX_SEGMENT_BYTES).contains(&n_bytes), "{n_bytes}");
            assert_eq!(snippet.compose("", Append), text.replace("‹cursor›", ""), "all is there");
        }
    }
}
