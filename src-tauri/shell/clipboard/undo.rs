//! [`UndoStack`]: what the clipboard held before each write of the app, so that the writes can be undone. In memory only,
//! and for ten minutes: a secret that was copied without a mark should not stay for as long as the app runs.

use std::time::Duration;

use super::content::Snapshot;
use crate::expiring_queue::ExpiringQueue;

/// How many writes can be undone, one after the other.
const DEPTH: usize = 10;
/// The most text that is kept, in bytes. Beyond it the oldest writes are forgotten, but never the newest.
const MAX_BYTES: usize = 16 << 20;
/// How long a write can be undone.
pub(crate) const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// One write of the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replacement {
    /// What the clipboard held.
    pub(crate) before: Snapshot,
    /// What the app wrote in its place.
    pub(crate) after: Snapshot,
}

/// The last writes.
#[derive(Debug)]
pub(crate) struct UndoStack(ExpiringQueue<Replacement>);

impl Default for UndoStack {
    fn default() -> Self {
        Self(ExpiringQueue::new(DEPTH, LIFETIME))
    }
}

impl UndoStack {
    /// Remembers a write. One that replaces the same content as the last takes its place: undo gives back what was there
    /// before both. One that puts the old content back leaves nothing to undo.
    pub(crate) fn push(&mut self, replacement: Replacement) {
        if self.last().is_some_and(|last| last.before == replacement.before) {
            self.pop();
        }
        if replacement.before == replacement.after {
            return;
        }
        self.0.push(replacement);
        while self.0.iter().len() > 1 && self.n_bytes() > MAX_BYTES {
            self.0.pop_first();
        }
    }

    /// The write that is undone next.
    pub(crate) fn last(&self) -> Option<&Replacement> {
        self.0.last()
    }

    /// Forgets the last write, once it has been undone.
    pub(crate) fn pop(&mut self) {
        self.0.pop_last();
    }

    /// Waits until the oldest write is too old, and forgets it. Waits forever if there is none.
    pub(crate) async fn expire(&mut self) {
        self.0.expire().await;
    }

    /// Forgets every write.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether there is no write to undo.
    pub(crate) fn is_empty(&self) -> bool {
        self.last().is_none()
    }

    fn n_bytes(&self) -> usize {
        let n_bytes = |write: &Replacement| write.before.n_bytes() + write.after.n_bytes();
        self.0.iter().map(n_bytes).sum()
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
    fn writes_over_the_same_content_are_undone_together() {
        let mut undo = UndoStack::default();
        undo.push(replacement("0", "a"));
        undo.push(replacement("a", "ab"));
        undo.push(replacement("a", "ac"));
        assert_eq!(undo.last(), Some(&replacement("a", "ac")), "the newer is undone");
        undo.push(replacement("a", "a"));
        assert_eq!(undo.last(), Some(&replacement("0", "a")), "the old content is back already");
    }

    #[test]
    fn a_huge_write_can_still_be_undone() {
        let mut undo = UndoStack::default();
        undo.push(replacement("small", "x"));
        undo.push(replacement(&"y".repeat(MAX_BYTES + 1), "x"));
        assert_eq!(undo.0.iter().len(), 1, "the bytes bound it, but never the newest write");
        assert_eq!(undo.last().unwrap().before.n_bytes(), MAX_BYTES + 1, "the newest stays");
    }
}
