//! [`RecentCompletions`]: the last few prompts with their completions, to guess tokens from.
//!
//! A user who completes several similar places in a row, or the same place again after typing on,
//! gets much of the earlier completion again. The tokens belong to one model and are kept in memory
//! only. The owner decides which completions are kept and when they are forgotten.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::backend::graph::TokenId;

/// More do not help: decoding took the same time with 2, 8 and 32 of them.
const MAX_COMPLETIONS: usize = 4;
/// Only this many last tokens of each prompt with its completion are kept.
const MAX_TOKENS: usize = 512;

/// The last prompts, up to the cursor, with their completions. Clones share the same list.
#[derive(Clone, Default)]
pub struct RecentCompletions(Arc<Mutex<VecDeque<Arc<[TokenId]>>>>);

impl RecentCompletions {
    /// Adds a completion with the code before it, and drops the oldest if there are too many.
    pub(crate) fn push(
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

/// Equal if they share one list.
impl PartialEq for RecentCompletions {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Shows the number of completions and no code.
impl std::fmt::Debug for RecentCompletions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RecentCompletions({})", self.lock().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_few_and_the_ends_of_long_ones_are_kept() {
        let recent = RecentCompletions::default();
        (0..10).for_each(|token| recent.push([token], [100 + token]));
        let kept: Vec<Vec<TokenId>> = recent.newest_first().iter().map(|c| c.to_vec()).collect();
        assert_eq!(kept, [[9, 109], [8, 108], [7, 107], [6, 106]]);
        recent.push(0..600, [7]);
        let longest = &recent.newest_first()[0];
        assert_eq!(
            (longest.len(), longest.last()),
            (MAX_TOKENS, Some(&7)),
            "the end is what counts"
        );
    }

    #[test]
    fn debug_output_has_no_code() {
        let recent = RecentCompletions::default();
        recent.push([4321], [1234]);
        assert_eq!(format!("{recent:?}"), "RecentCompletions(1)");
    }
}
