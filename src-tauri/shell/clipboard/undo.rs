//! [`UndoStack`]: what the clipboard held before each write of the app, so that the writes can be undone. In memory only.

use std::collections::VecDeque;

use super::content::Snapshot;

/// How many writes can be undone, one after the other.
const DEPTH: usize = 10;
/// The most text that is kept, in bytes. Beyond it the oldest writes are forgotten, but never the newest.
const MAX_BYTES: usize = 16 << 20;

/// One write of the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replacement {
    /// What the clipboard held.
    pub(crate) before: Snapshot,
    /// What the app wrote in its place.
    pub(crate) after: Snapshot,
}

/// The last writes, newest last.
#[derive(Debug, Default)]
pub(crate) struct UndoStack {
    replacements: VecDeque<Replacement>,
}

impl UndoStack {
    /// Remembers a write.
    pub(crate) fn push(&mut self, replacement: Replacement) {
        self.replacements.push_back(replacement);
        while self.replacements.len() > DEPTH
            || (self.replacements.len() > 1 && self.n_bytes() > MAX_BYTES)
        {
            self.replacements.pop_front();
        }
    }

    /// The write that is undone next.
    pub(crate) fn last(&self) -> Option<&Replacement> {
        self.replacements.back()
    }

    /// Forgets the last write, once it has been undone.
    pub(crate) fn pop(&mut self) {
        self.replacements.pop_back();
    }

    /// Whether there is no write to undo.
    pub(crate) fn is_empty(&self) -> bool {
        self.replacements.is_empty()
    }

    fn n_bytes(&self) -> usize {
        self.replacements.iter().map(|entry| entry.before.n_bytes() + entry.after.n_bytes()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replacement(before: &str, after: &str) -> Replacement {
        Replacement { before: Snapshot::text(before), after: Snapshot::text(after) }
    }

    #[test]
    fn writes_are_undone_newest_first() {
        let mut undo = UndoStack::default();
        undo.push(replacement("a", "ab"));
        undo.push(replacement("ab", "abc"));
        assert_eq!(undo.last(), Some(&replacement("ab", "abc")), "the newest comes first");
        undo.pop();
        assert_eq!(undo.last(), Some(&replacement("a", "ab")), "then the one before it");
        undo.pop();
        assert!(undo.is_empty() && undo.last().is_none(), "then nothing is left");
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let mut undo = UndoStack::default();
        for i in 0..2 * DEPTH {
            undo.push(replacement(&i.to_string(), "x"));
        }
        assert_eq!(undo.replacements.len(), DEPTH, "the depth bounds it");
        assert_eq!(undo.replacements[0].before, Snapshot::text("10"), "the newest stay");
    }

    #[test]
    fn a_huge_write_can_still_be_undone() {
        let mut undo = UndoStack::default();
        undo.push(replacement("small", "x"));
        undo.push(replacement(&"y".repeat(MAX_BYTES + 1), "x"));
        assert_eq!(undo.replacements.len(), 1, "the bytes bound it, but never the newest write");
        assert_eq!(undo.last().unwrap().before.n_bytes(), MAX_BYTES + 1, "the newest stays");
    }
}
