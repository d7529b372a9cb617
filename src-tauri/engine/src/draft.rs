//! [`Drafter`]: guesses the next tokens from the context, so that one decoder run can check several.
//!
//! Code repeats itself: when the last few tokens occurred before, what followed them then is a good
//! guess ("prompt lookup decoding", Saxena 2023). A guess costs a wider run and never changes the
//! result: only what the model itself would have chosen is kept.

use crate::graph::TokenId;

/// The most recent tokens that must have occurred before: with fewer, most guesses are wrong.
const MIN_MATCH: usize = 2;
/// Longer matches are no better.
const MAX_MATCH: usize = 4;

/// Looks up continuations in what was read and written so far.
#[derive(Debug)]
pub(crate) struct Drafter {
    /// The prompt, then the completion.
    history: Vec<TokenId>,
    n_draft_tokens: usize,
}

impl Drafter {
    /// Guesses up to `n_draft_tokens` at once, at first from `context` alone.
    pub(crate) fn new(context: &[TokenId], n_draft_tokens: usize) -> Self {
        Self { history: context.to_vec(), n_draft_tokens }
    }

    /// Takes note of a token of the completion.
    pub(crate) fn push(&mut self, token: TokenId) {
        self.history.push(token);
    }

    /// What may follow; empty when nothing like the last tokens occurred before.
    pub(crate) fn draft(&self) -> &[TokenId] {
        (MIN_MATCH..=MAX_MATCH).rev().find_map(|n| self.follow(n)).unwrap_or_default()
    }

    /// What followed the last earlier occurrence of the last `n` tokens.
    fn follow(&self, n: usize) -> Option<&[TokenId]> {
        let split = self.history.len().checked_sub(n)?;
        let (earlier, last) = (&self.history[..self.history.len() - 1], &self.history[split..]);
        let start = earlier.windows(n).rposition(|window| window == last)? + n;
        let end = (start + self.n_draft_tokens).min(self.history.len());
        Some(&self.history[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_and_longest_match_is_followed() {
        let check = |history: &[TokenId], draft: &[TokenId]| {
            assert_eq!(Drafter::new(history, 3).draft(), draft, "after {history:?}");
        };
        check(&[1, 2, 3, 4, 5, 1, 2], &[3, 4, 5]);
        check(&[1, 2, 3, 9, 1, 2, 4, 9, 1, 2], &[4, 9, 1]);
        check(&[7, 1, 2, 3, 8, 1, 2, 4, 7, 1, 2], &[3, 8, 1]);
        check(&[1, 2, 3, 4], &[]);
        check(&[1], &[]);
        check(&[], &[]);
        check(&[5, 5, 5], &[5]);
    }

    #[test]
    fn written_tokens_count_as_context() {
        let mut drafter = Drafter::new(&[1, 2, 3], 2);
        [1, 2].into_iter().for_each(|token| drafter.push(token));
        assert_eq!(drafter.draft(), [3, 1], "the completion began like the prompt");
    }
}
