//! [`RecentCompletions`]: the last few prompts with their completions, for a [`Drafter`](crate::decoding::draft) to guess from.
//!
//! Who completes several similar places one after another, or the same place again after typing on, gets much of the
//! earlier completion again. They are tokens of one model, in memory alone; whoever owns this decides what is noted
//! and when it is forgotten.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::backend::graph::TokenId;

/// Of more, nothing was gained: with 2, 8 and 32 of them decoding took the same.
const MAX_COMPLETIONS: usize = 4;
/// The last tokens that are kept of each, the completion's included.
const MAX_TOKENS: usize = 512;

/// The last prompts, up to the cursor, with their completions. Clones share them.
#[derive(Clone, Default)]
pub struct RecentCompletions(Arc<Mutex<VecDeque<Arc<[TokenId]>>>>);

impl RecentCompletions {
    /// Keeps a completion, with what stood before it. The oldest makes room.
    pub(crate) fn note(
        &self,
        before: impl IntoIterator<Item = TokenId>,
        completion: impl IntoIterator<Item = TokenId>,
    ) {
        let tokens: Vec<TokenId> = before.into_iter().chain(completion).collect();
        let kept = &tokens[tokens.len().saturating_sub(MAX_TOKENS)..];
        let mut completions = self.lock();
        completions.truncate(MAX_COMPLETIONS - 1);
        completions.push_front(kept.into());
    }

    pub(crate) fn newest_first(&self) -> Vec<Arc<[TokenId]>> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<[TokenId]>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether both are the same ones.
impl PartialEq for RecentCompletions {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Says how many there are, and nothing of the code.
impl std::fmt::Debug for RecentCompletions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecentCompletions({})", self.lock().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_few_are_kept_and_the_ends_of_long_ones() {
        let recent = RecentCompletions::default();
        (0..10).for_each(|token| recent.note([token], [100 + token]));
        let kept: Vec<Vec<TokenId>> = recent.newest_first().iter().map(|c| c.to_vec()).collect();
        assert_eq!(kept, [[9, 109], [8, 108], [7, 107], [6, 106]]);
        recent.note(0..600, [7]);
        let longest = &recent.newest_first()[0];
        assert_eq!(
            (longest.len(), longest.last()),
            (MAX_TOKENS, Some(&7)),
            "the end is what counts"
        );
    }

    #[test]
    fn nothing_of_the_code_is_shown() {
        let recent = RecentCompletions::default();
        recent.note([4321], [1234]);
        assert_eq!(format!("{recent:?}"), "RecentCompletions(1)");
    }
}
