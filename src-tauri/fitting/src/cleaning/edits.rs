//! [`Edits`]: what one step of the cleaning changes, as replacements of byte ranges. All steps
//! share this shape, so that moving the cursor and finding the way back are written once.

use std::borrow::Cow;
use std::ops::Range;

/// Replacements in a text, in ascending order and without overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Edits(Vec<Edit>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    range: Range<usize>,
    text: Cow<'static, str>,
}

impl Edits {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn delete(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.replace(range, "");
        }
    }

    pub(super) fn replace(&mut self, range: Range<usize>, text: impl Into<Cow<'static, str>>) {
        debug_assert!(self.end() <= range.start, "edits come in order and do not overlap");
        self.0.push(Edit { range, text: text.into() });
    }

    /// Where the last edit ends; 0 without one.
    pub(super) fn end(&self) -> usize {
        self.0.last().map_or(0, |edit| edit.range.end)
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let mut edited = String::with_capacity(text.len());
        let mut kept = 0;
        for edit in &self.0 {
            edited.push_str(&text[kept..edit.range.start]);
            edited.push_str(&edit.text);
            kept = edit.range.end;
        }
        edited + &text[kept..]
    }

    /// Where `offset` of the text before the edits is after them. An offset within a replaced
    /// range comes to stand behind the replacement.
    pub(super) fn map(&self, offset: usize) -> usize {
        let mut mapped = offset;
        for edit in self.0.iter().take_while(|edit| edit.range.start < offset) {
            let taken = edit.range.end.min(offset) - edit.range.start;
            mapped = mapped + edit.text.len() - taken;
        }
        mapped
    }

    /// Where `offset` of the text after the edits was before them. Where several offsets have
    /// become one, the first.
    pub(super) fn unmap(&self, offset: usize) -> usize {
        // Kept text between the edits is as long before as after, so that both ends grow alike.
        let (mut before, mut after) = (0, 0);
        for edit in &self.0 {
            let kept = edit.range.start - before;
            if offset <= after + kept {
                break;
            }
            (before, after) = (edit.range.end, after + kept + edit.text.len());
        }
        before + offset.saturating_sub(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ab--cd&lt;e` without `--`, and with `<` for `&lt;`.
    fn edits() -> Edits {
        let mut edits = Edits::default();
        edits.delete(2..4);
        edits.replace(6..10, "<");
        edits
    }

    #[test]
    fn edits_replace_ranges() {
        assert_eq!(edits().apply("ab--cd&lt;e"), "abcd<e");
        assert_eq!(Edits::default().apply("abc"), "abc");
    }

    #[test]
    fn offsets_are_mapped_there_and_back() {
        let check = |before: usize, after: usize| {
            assert_eq!(edits().map(before), after, "offset {before} is {after} afterwards");
            assert_eq!(edits().unmap(after), before, "offset {after} was {before} before");
        };
        check(0, 0);
        check(2, 2);
        check(5, 3);
        check(6, 4);
        check(10, 5);
        check(11, 6);
        assert_eq!(edits().map(3), 2, "within a deletion");
        assert_eq!(edits().map(8), 5, "within a replacement");
    }
}
