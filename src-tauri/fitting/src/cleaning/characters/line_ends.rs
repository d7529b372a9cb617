//! Line ends: the model sees LF, and the completion gets those of the snippet.

use crate::cleaning::draft::Draft;
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::{Dress, Layer, Owner};

/// How lines end in a file. Unicode's separators are none of these: they come from web pages
/// and word processors, and are not what a new line should end with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Lf,
    CrLf,
    Cr,
}

impl LineEnd {
    fn text(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// A file that was written in text mode several times has several returns before its line feeds.
const MAX_RETURNS: usize = 3;

/// Makes every line end LF.
pub(super) fn clean(draft: &Draft) -> Option<Layer> {
    let mut edits = Edits::default();
    let mut ends = Vec::new();
    let mut rest = 0;
    while let Some((start, length, end)) = next_line_end(draft.text(), rest) {
        ends.extend(end.map(|end| (start, end)));
        rest = start + length;
        if end != Some(LineEnd::Lf) {
            edits.replace(start..rest, "\n");
        }
    }
    match own_line_end(&ends, draft.cursor()) {
        LineEnd::Lf => Layer::undressed(edits),
        end => Layer::dressed(edits, end),
    }
}

/// The next line end at or after `from`: where it starts, its length, and its kind (`None` for
/// Unicode's separators and the vertical tab of word processors).
fn next_line_end(text: &str, from: usize) -> Option<(usize, usize, Option<LineEnd>)> {
    let separators = ['\n', '\r', '\u{b}', '\u{85}', '\u{2028}', '\u{2029}'];
    let start = from + text[from..].find(separators)?;
    let at = &text[start..];
    let returns = at.bytes().take(MAX_RETURNS).take_while(|byte| *byte == b'\r').count();
    Some(match (returns, at[returns..].starts_with('\n')) {
        (0, true) => (start, 1, Some(LineEnd::Lf)),
        (0, false) => (start, at.chars().next().map_or(1, char::len_utf8), None),
        (_, true) => (start, returns + 1, Some(LineEnd::CrLf)),
        (_, false) => (start, 1, Some(LineEnd::Cr)),
    })
}

/// The line end that most lines have; of equally many, the one nearest before the cursor.
fn own_line_end(ends: &[(usize, LineEnd)], cursor: usize) -> LineEnd {
    let count = |kind| ends.iter().filter(|(_, end)| *end == kind).count();
    let nearest = ends.iter().rev().find(|(start, _)| *start < cursor).or(ends.first());
    let nearest = nearest.map_or(LineEnd::Lf, |(_, end)| *end);
    [LineEnd::Cr, LineEnd::CrLf, LineEnd::Lf]
        .into_iter()
        .max_by_key(|&kind| (count(kind), kind == nearest))
        .unwrap_or(nearest)
}

impl Dress for LineEnd {
    fn dress(&self, completion: &str) -> String {
        completion.replace("\r\n", "\n").replace('\n', self.text())
    }

    fn owner(&self) -> Owner {
        Owner::File
    }
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn the_model_sees_lf_and_the_completion_gets_the_snippets_own() {
        let check = |text: &str, prefix: &str, new_line: &str| {
            let snippet = clean(text, &[]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            let completed = format!("x{new_line}y");
            assert_eq!(snippet.undo.bare("x\ny"), completed, "{text:?}");
            if new_line == "\r\n" {
                assert_eq!(snippet.undo.bare(&completed), completed, "it has them: {text:?}");
            }
            assert_eq!(snippet.undo.append("x\ny"), format!("{text}{completed}"), "{text:?}");
        };
        check("a\nb ", "a\nb ", "\n");
        check("a\r\nb\r\n\r\nc ", "a\nb\n\nc ", "\r\n");
        check("a\rb\r\rc ", "a\nb\n\nc ", "\r");
        check("a\r\r\nb\r\r\nc ", "a\nb\nc ", "\r\n");
        check("a\r\nb\r\nc\nd ", "a\nb\nc\nd ", "\r\n");
        check("a\r\nb\nc ", "a\nb\nc ", "\n");
        check("a\nb\r\nc ", "a\nb\nc ", "\r\n");
        check("a\nb\nc\rd ", "a\nb\nc\nd ", "\n");
        check("a {\u{2028}b ", "a {\nb ", "\n");
        check("a\u{2029}b\u{85}c\u{b}d ", "a\nb\nc\nd ", "\n");
        check("a\r\nb\u{2028}c ", "a\nb\nc ", "\r\n");
        check("a ", "a ", "\n");
    }
}
