//! [`Draft`]: a snippet while it is being cleaned. It keeps the cursor where it belongs through
//! every edit, and the edits themselves, so that a place in the clean text can be found again in
//! the user's own.

use pounce_engine::Segments;

use super::edits::Edits;

/// Text and cursor of a snippet, and the edits made so far.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    text: String,
    /// Byte offset of the cursor in `text`.
    cursor: usize,
    /// Byte offset of the cursor in the user's own text.
    original_cursor: usize,
    has_marker: bool,
    history: Vec<Edits>,
}

/// One line of a draft, without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Byte offset of its first character.
    pub(super) start: usize,
    pub(super) text: &'a str,
}

impl Line<'_> {
    /// Byte offset of its line end.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.trim_start().is_empty()
    }

    /// Whether a cursor at `offset` stands in this line.
    pub(super) fn holds(&self, offset: usize) -> bool {
        (self.start..=self.end()).contains(&offset)
    }
}

impl Draft {
    /// Takes the first of `markers` out of `text` and puts the cursor there; at the end of the
    /// text if there is none.
    pub(super) fn new(text: &str, markers: &[&str]) -> Self {
        let marker = markers
            .iter()
            .filter(|marker| !marker.is_empty())
            .filter_map(|marker| Some((text.find(marker)?, marker.len())))
            .min_by_key(|&(start, length)| (start, usize::MAX - length));
        let (cursor, length) = marker.unwrap_or((text.len(), 0));
        let text = [&text[..cursor], &text[cursor + length..]].concat();
        let has_marker = marker.is_some();
        Self { text, cursor, original_cursor: cursor, has_marker, history: Vec::new() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether the user has said where the cursor is. Without a marker it stands at the end, and
    /// may be moved to where the code ends.
    pub(super) fn has_marker(&self) -> bool {
        self.has_marker
    }

    /// The lines; a final line end is followed by an empty line, as in an editor.
    pub(super) fn lines(&self) -> Vec<Line<'_>> {
        let mut start = 0;
        self.text
            .split('\n')
            .map(|text| {
                let line = Line { start, text };
                start += text.len() + 1;
                line
            })
            .collect()
    }

    /// The cursor's line from its start up to the cursor.
    pub(super) fn line_before_cursor(&self) -> &str {
        let before = &self.text[..self.cursor];
        &before[before.rfind('\n').map_or(0, |at| at + 1)..]
    }

    pub(super) fn apply(&mut self, edits: Edits) {
        self.cursor = edits.map(self.cursor);
        self.text = edits.apply(&self.text);
        self.history.push(edits);
    }

    /// Moves the cursor to a byte offset of the text as it is now.
    pub(super) fn move_cursor(&mut self, to: usize) {
        self.cursor = to;
        self.original_cursor =
            self.history.iter().rev().fold(to, |offset, edits| edits.unmap(offset));
    }

    /// Byte offset of the cursor in the user's own text, the marker taken out.
    pub(super) fn original_cursor(&self) -> usize {
        self.original_cursor
    }

    /// The clean text before and after the cursor.
    pub(super) fn into_segments(self) -> Segments {
        let (prefix, suffix) = self.text.split_at(self.cursor);
        Segments { prefix: prefix.to_owned(), suffix: suffix.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_marker_is_the_cursor() {
        let check = |text, markers: &[&str], prefix, suffix| {
            let draft = Draft::new(text, markers);
            assert_eq!(draft.text().split_at(draft.cursor()), (prefix, suffix), "{text:?}");
        };
        check("a = ‹cursor›\nb", &["‹cursor›"], "a = ", "\nb");
        check("a = █;<cursor>", &["<cursor>", "█"], "a = ", ";<cursor>");
        check("a = ||b", &["|", "||"], "a = ", "b");
        check("a = ", &["", "|"], "a = ", "");
    }

    #[test]
    fn edits_carry_the_cursor_along_and_back() {
        let mut draft = Draft::new("  1 ab|c", &["|"]);
        let mut edits = Edits::default();
        edits.delete(0..4);
        draft.apply(edits);
        assert_eq!((draft.text(), draft.cursor()), ("abc", 2));
        assert_eq!(draft.original_cursor(), 6, "the user's cursor is where it was");
        draft.move_cursor(1);
        assert_eq!(draft.original_cursor(), 5, "the cursor moves in the user's text as well");
    }
}
