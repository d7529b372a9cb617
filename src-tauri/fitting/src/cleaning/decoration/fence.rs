//! Markdown's fences: the code in them is the snippet, and their tag is its language.

use std::ops::Range;

use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// A fence around code; the range is that of the code without its last line end.
#[derive(Debug, PartialEq, Eq)]
struct Fenced<'a> {
    code: Range<usize>,
    info: &'a str,
    is_closed: bool,
}

/// Keeps only the fenced code that the cursor is in. If the text ends with a closing fence and has
/// no marker, the cursor goes to the end of the code: code does not continue behind a fence.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let fences = fences(draft);
    let around_cursor = fences.iter().find(|fence| holds(&fence.code, draft.cursor()));
    let at_end = fences.last().filter(|fence| fence.is_closed && ends_with(draft, fence));
    let fence = around_cursor.or(at_end)?;
    let mut edits = Edits::default();
    edits.delete(0..fence.code.start);
    edits.delete(fence.code.end..draft.text().len());
    let cursor = around_cursor.is_none().then_some(fence.code.end);
    Some(Layer { edits, cursor, language: language(fence.info), dress: None })
}

fn holds(code: &Range<usize>, cursor: usize) -> bool {
    (code.start..=code.end).contains(&cursor)
}

/// Whether nothing but the closing fence and blank lines come after the code, and the cursor.
fn ends_with(draft: &Draft, fence: &Fenced<'_>) -> bool {
    let after = draft.text()[fence.code.end..].trim();
    !draft.has_marker() && !after.contains('\n')
}

fn fences(draft: &Draft) -> Vec<Fenced<'_>> {
    let mut fences: Vec<Fenced<'_>> = Vec::new();
    let mut open: Option<(&str, &str, usize)> = None;
    for line in draft.lines() {
        match (open, marker(line)) {
            (None, Some((marker, info))) if line.end() < draft.text().len() => {
                open = Some((marker, info, line.end() + 1));
            }
            (Some((opening, info, start)), Some((closing, ""))) if closing.starts_with(opening) => {
                let code = (line.start > start).then(|| start..line.start - 1);
                fences.extend(code.map(|code| Fenced { code, info, is_closed: true }));
                open = None;
            }
            _ => {}
        }
    }
    let unclosed = open.map(|(_, info, start)| (info, start..draft.text().len()));
    fences.extend(unclosed.map(|(info, code)| Fenced { code, info, is_closed: false }));
    fences
}

/// The backticks or tildes of a fence, and what follows them (CommonMark 0.31, 4.5).
fn marker(line: Line<'_>) -> Option<(&str, &str)> {
    let text = line.text.trim_start_matches(' ');
    let character = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let (marker, info) = text.split_at(text.len() - text.trim_start_matches(character).len());
    let is_fence = line.text.len() - text.len() <= 3
        && marker.len() >= 3
        && !(character == '`' && info.contains('`'));
    is_fence.then_some((marker, info.trim()))
}

/// The language that an info string names: `rust,ignore`, `{.python}`, `{r}`, `12:20:src/app.py`.
fn language(info: &str) -> Option<String> {
    let word = info.split([' ', ',', ';', '{', '}', '=', '\t']).find(|word| !word.is_empty())?;
    let word = word.trim_start_matches('.').to_lowercase();
    let word = word.rsplit(['.', ':']).next().unwrap_or(&word);
    let language = match word {
        "" | "diff" | "patch" | "text" | "txt" | "plain" | "plaintext" | "output" | "none" => {
            return None;
        }
        "pycon" | "python-repl" | "ipython" | "ipython3" | "python3" | "gyp" => "python",
        "console" | "shell-session" | "shellsession" | "sh-session" | "bash-session"
        | "terminal" => "shell",
        "irb" => "ruby",
        other => other,
    };
    Some(language.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn the_code_in_the_fence_is_the_snippet() {
        let check = |text: &str, prefix: &str, suffix: &str, language: Option<&str>| {
            let snippet = clean(text, &["|"]);
            let segments = (&*snippet.segments.prefix, &*snippet.segments.suffix);
            assert_eq!(segments, (prefix, suffix), "{text:?}");
            assert_eq!(snippet.language_hint.as_deref(), language, "{text:?}");
        };
        check("Look:\n\n```python\na = ", "a = ", "", Some("python"));
        check("```\na = |\nb\n```\nEnd", "a = ", "\nb", None);
        check("~~~ {.Rust .numberLines}\na\n~~~\n```js title=\"a\"\nb = ", "b = ", "", Some("js"));
        check("```rust,ignore\nfn f() {", "fn f() {", "", Some("rust"));
        check("```12:20:src/app.ts\na.", "a.", "", Some("ts"));
        check("```c++\na.", "a.", "", Some("c++"));
        check("```console\n$ ls ", "ls ", "", Some("shell"));
        check("```diff\n+a = 1\n+b = ", "a = 1\nb = ", "", None);
        check("> ```python\n> if a:\n>     b = ", "if a:\n    b = ", "", Some("python"));
    }

    #[test]
    fn a_closed_fence_at_the_end_is_gone_on_within() {
        let snippet = clean("```python\na = 1\nb = a\n```\n", &[]);
        assert_eq!(snippet.segments.prefix, "a = 1\nb = a");
        assert_eq!(snippet.undo.append(" + 1"), "```python\na = 1\nb = a + 1\n```\n");
        let snippet = clean("```\r\n1: a(\r\n2: b\r\n```\r\n", &[]);
        assert_eq!(snippet.undo.append("\nc"), "```\r\n1: a(\r\n2: b\r\n3: c\r\n```\r\n");
        let snippet = clean("```\n```", &[]);
        assert_eq!(snippet.segments.prefix, "```\n```", "an empty fence has no line for code");
    }

    #[test]
    fn other_text_keeps_its_fences() {
        for text in [
            "Use ```a``` for code.\n",
            "# Title\n\n```python\na = 1\n```\n\nAnd then ",
            "def f():\n    \"\"\"\n    ```python\n    f()\n    ```\n    \"\"\"\n    return ",
            "/// ```\n/// f();\n/// ```\nfn f() {",
            "```py",
        ] {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
