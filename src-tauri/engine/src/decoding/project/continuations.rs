//! [`Continuations`]: what follows the last tokens where they stand elsewhere in the project.
//!
//! The last tokens are looked up in the project's code, and the longest match counts: what follows
//! there is a good guess where the model has none, because a project repeats itself. This is
//! prediction by partial matching (Cleary and Witten 1984), and the same as a language model's cache
//! of n-grams (Hellendoorn and Devanbu, "Are deep neural networks the best choice for modeling source
//! code?", 2017).

use std::sync::Arc;

use super::indexed_tokens::IndexedTokens;
use super::proposal::Proposal;
use crate::backend::graph::TokenId;

/// Shorter matches stand everywhere.
const MIN_MATCH: usize = 3;
/// More tokens of the text are not compared.
const MAX_CONTEXT: usize = 32;

/// The project's tokens, and those of the completion so far.
#[derive(Debug)]
pub(crate) struct Continuations {
    /// The code before the cursor, followed by the completion.
    text: Vec<TokenId>,
    /// How many of them are the completion's.
    n_written: usize,
    project: Arc<IndexedTokens>,
    line_end: LineEnd,
}

/// How the completion of a line ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineEnd {
    /// Tokens that begin with a line end: `[n_ids]`.
    pub(crate) begins_line: Arc<[bool]>,
    /// The token that ends the completion.
    pub(crate) end: TokenId,
}

impl Continuations {
    /// Looks up what follows the code `before` the cursor in the `project`.
    pub(crate) fn new(before: &[TokenId], project: Arc<IndexedTokens>, line_end: LineEnd) -> Self {
        Self { text: before.to_vec(), n_written: 0, project, line_end }
    }

    /// Appends a token of the completion.
    pub(crate) fn push(&mut self, token: TokenId) {
        self.text.push(token);
        self.n_written += 1;
    }

    /// What follows the longest match of the text with the tokens `ahead`, of the tokens that `allows`
    /// accepts. `None` if nothing matches.
    pub(crate) fn after(
        &self,
        ahead: &[TokenId],
        allows: &dyn Fn(TokenId) -> bool,
    ) -> Option<Proposal> {
        let text = [&self.text[self.text.len().saturating_sub(MAX_CONTEXT)..], ahead].concat();
        let is_begun = self.n_written + ahead.len() > 0;
        let mut found = Proposal::default();
        for place in self.project.matches(&text).filter(|place| place.len >= MIN_MATCH) {
            let token = place.followers[0];
            let end = self.end_for(token).filter(|end| is_begun && allows(*end));
            if let Some(token) = end.or(Some(token).filter(|token| allows(*token))) {
                found.add(token, place.len);
            }
        }
        (found.match_len > 0).then_some(found)
    }

    /// What ends the completion where the project has the end of the line. Where nothing is written yet,
    /// a line end begins the next line instead, and where the prompt is healed it may be forced.
    fn end_for(&self, token: TokenId) -> Option<TokenId> {
        let LineEnd { begins_line, end } = &self.line_end;
        begins_line.get(token as usize)?.then_some(*end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW_LINE: TokenId = 10;
    const END: TokenId = 1;

    fn continuations(before: &[TokenId], piece: &[TokenId]) -> Continuations {
        let begins_line = (0..100).map(|id| id == NEW_LINE).collect();
        let project = Arc::new(IndexedTokens::new([piece.to_vec()]));
        Continuations::new(before, project, LineEnd { begins_line, end: END })
    }

    fn proposal(tokens: &[TokenId], len: usize) -> Option<Proposal> {
        let mut proposal = Proposal::default();
        tokens.iter().for_each(|token| proposal.add(*token, len));
        Some(proposal)
    }

    #[test]
    fn the_longest_match_counts() {
        let piece = [2, 3, 4, 50, 2, 3, 4, 51, 9, 2, 3, 4, 52, 3, 4, 53];
        let check = |before: &[TokenId], expected: Option<Proposal>, why: &str| {
            assert_eq!(continuations(before, &piece).after(&[], &|_| true), expected, "{why}");
        };
        check(&[8, 2, 3, 4], proposal(&[50, 51, 52], 3), "three places alike");
        check(&[9, 2, 3, 4], proposal(&[52], 4), "one is longer");
        check(&[8, 3, 4], None, "two tokens stand everywhere");
        let found = continuations(&[8, 2], &piece).after(&[3, 4], &|token| token != 51);
        assert_eq!(found, proposal(&[50, 52], 3), "with what is drafted, of what is allowed");
    }

    #[test]
    fn the_end_of_a_line_ends_a_line_that_is_begun() {
        let mut found = continuations(&[2, 3, 4], &[2, 3, 4, NEW_LINE, 2, 3, 4, 5, NEW_LINE]);
        let next = found.after(&[], &|_| true);
        assert_eq!(next, proposal(&[NEW_LINE, 5], 3), "the next line may be wanted");
        found.push(5);
        assert_eq!(found.after(&[], &|_| true), proposal(&[END], 4));
        let is_forced = |token: TokenId| token != END;
        assert_eq!(found.after(&[], &is_forced), proposal(&[NEW_LINE], 4), "a healed prompt");
    }
}
