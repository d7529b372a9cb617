//! [`UndoStack`]: what the clipboard held before each write of the app, so that the writes can be undone. In memory only,
//! and for ten minutes: a secret that was copied without a mark should not stay for as long as the app runs.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::content::Snapshot;

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
#[derive(Debug, Default)]
pub(crate) struct UndoStack {
    /// Each write and when it is forgotten, newest last.
    writes: VecDeque<(Replacement, Instant)>,
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
        self.writes.push_back((replacement, Instant::now() + LIFETIME));
        while self.writes.len() > DEPTH || (self.writes.len() > 1 && self.n_bytes() > MAX_BYTES) {
            self.writes.pop_front();
        }
    }

    /// The write that is undone next.
    pub(crate) fn last(&self) -> Option<&Replacement> {
        self.writes.back().map(|(replacement, _)| replacement)
    }

    /// Forgets the last write, once it has been undone.
    pub(crate) fn pop(&mut self) {
        self.writes.pop_back();
    }

    /// Waits until the oldest write is too old, and forgets it. Waits forever if there is none.
    pub(crate) async fn expire(&mut self) {
        match self.writes.front() {
            Some((_, end)) => sleep_until(*end).await,
            None => std::future::pending().await,
        }
        self.writes.pop_front();
    }

    /// Forgets every write.
    pub(crate) fn clear(&mut self) {
        self.writes.clear();
    }

    /// Whether there is no write to undo.
    pub(crate) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    fn n_bytes(&self) -> usize {
        let n_bytes = |write: &Replacement| write.before.n_bytes() + write.after.n_bytes();
        self.writes.iter().map(|(write, _)| n_bytes(write)).sum()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

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
    fn the_oldest_is_forgotten() {
        let mut undo = UndoStack::default();
        for i in 0..2 * DEPTH {
            undo.push(replacement(&i.to_string(), "x"));
        }
        assert_eq!(undo.writes.len(), DEPTH, "the depth bounds it");
        assert_eq!(undo.writes[0].0.before, Snapshot::text("10"), "the newest stay");
    }

    #[test]
    fn a_huge_write_can_still_be_undone() {
        let mut undo = UndoStack::default();
        undo.push(replacement("small", "x"));
        undo.push(replacement(&"y".repeat(MAX_BYTES + 1), "x"));
        assert_eq!(undo.writes.len(), 1, "the bytes bound it, but never the newest write");
        assert_eq!(undo.last().unwrap().before.n_bytes(), MAX_BYTES + 1, "the newest stays");
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_is_forgotten_after_ten_minutes() {
        let mut undo = UndoStack::default();
        undo.push(replacement("a", "ab"));
        advance(LIFETIME / 2).await;
        undo.push(replacement("ab", "abc"));
        let start = Instant::now();
        undo.expire().await;
        assert_eq!(start.elapsed().as_secs(), 5 * 60, "the first has had its ten minutes");
        assert_eq!(undo.last(), Some(&replacement("ab", "abc")), "the second has not");
        undo.expire().await;
        assert!(undo.is_empty(), "then it is forgotten as well");
    }
}
