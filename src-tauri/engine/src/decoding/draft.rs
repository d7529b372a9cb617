//! [`Drafter`]: guesses the next tokens, so that one decoder run can verify several.
//!
//! Code repeats itself: what followed an earlier occurrence of the last few tokens is a good guess
//! ("prompt lookup decoding", Saxena 2023). The drafter searches the code before the cursor with
//! the completion so far, the code after the cursor, [recent completions](RecentCompletions), and the
//! [project](IndexedTokens). It follows a proposal, such as a smaller model's completion, for as long
//! as the text agrees with it ("speculative decoding", Leviathan et al. 2023). A wrong guess costs time
//! and never changes the result, because only tokens that would have been chosen without it are kept.

use std::sync::Arc;

use crate::backend::graph::TokenId;
use crate::decoding::project::indexed_tokens::{IndexedTokens, Match};
use crate::decoding::recent_completions::RecentCompletions;
use crate::decoding::verification_cost::VerificationCost;

/// The longest match that counts: longer ones do not make better guesses.
const MAX_MATCH: usize = 32;
/// The most tokens in a draft: more never pay.
pub(crate) const MAX_DRAFT: usize = 8;

/// A draft has to make decoding this much faster, by the estimate. Costs are not known more
/// exactly.
const MIN_SPEED_UP: f32 = 1.1;

/// What a guess was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DraftSource {
    /// The code around the cursor, or the completion so far.
    Code,
    /// A recent completion.
    Recent,
    /// A text that the caller proposed.
    Proposal,
    /// Code of the same project.
    Project,
}

/// Guesses the next tokens of one completion.
#[derive(Debug)]
pub(crate) struct Drafter {
    /// The code before the cursor, followed by the completion.
    text: Vec<TokenId>,
    /// The length of the code before the cursor.
    n_before: usize,
    /// What the whole completion may be, the likeliest first.
    proposals: Vec<Vec<TokenId>>,
    /// Other places to search. Of equally long matches, one in `text` wins, then one in the first
    /// of these.
    others: Vec<(DraftSource, Arc<[TokenId]>)>,
    /// `None`: the project is not known.
    project: Option<Arc<IndexedTokens>>,
    /// The most tokens in a draft.
    limit: usize,
    cost: VerificationCost,
}

/// A guess at the next tokens; empty if there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draft<'a> {
    pub(crate) source: DraftSource,
    pub(crate) tokens: &'a [TokenId],
}

impl Drafter {
    /// Guesses from the code `before` and `after` the cursor, up to `limit` tokens at once, as many
    /// as pay at this `cost`.
    pub(crate) fn new(
        before: &[TokenId],
        after: &[TokenId],
        limit: usize,
        cost: VerificationCost,
    ) -> Self {
        let others = vec![(DraftSource::Code, after.into())];
        Self {
            text: before.to_vec(),
            n_before: before.len(),
            proposals: Vec::new(),
            others,
            project: None,
            limit,
            cost,
        }
    }

    /// Guesses from recent completions too.
    pub(crate) fn with_recent(mut self, recent: &RecentCompletions) -> Self {
        let recent = recent.newest_first().into_iter();
        self.others.extend(recent.map(|tokens| (DraftSource::Recent, tokens)));
        self
    }

    /// Guesses that the completion is one of `proposals`, the likeliest first.
    pub(crate) fn with_proposals(self, proposals: Vec<Vec<TokenId>>) -> Self {
        Self { proposals, ..self }
    }

    /// Guesses from the project's code too, where nothing else matches as long.
    pub(crate) fn with_project(self, project: Option<Arc<IndexedTokens>>) -> Self {
        Self { project, ..self }
    }

    /// Appends a token of the completion.
    pub(crate) fn push(&mut self, token: TokenId) {
        self.text.push(token);
    }

    /// A guess at the next tokens, at most `room`.
    pub(crate) fn draft(&self, room: usize) -> Draft<'_> {
        let room = room.min(self.limit);
        self.follow_proposal(room).or_else(|| self.follow_match(room)).unwrap_or(Draft::NONE)
    }

    /// The next tokens of the first proposal that the completion agrees with so far.
    pub(crate) fn follow_proposal(&self, room: usize) -> Option<Draft<'_>> {
        let written = &self.text[self.n_before..];
        let mut rests = self.proposals.iter().filter_map(|tokens| tokens.strip_prefix(written));
        let rest = rests.find(|rest| !rest.is_empty())?;
        let n = self.best_draft_len(|n| proposal_acceptance(written.len() + n)).min(room);
        let tokens = &rest[..n.min(rest.len())];
        (!tokens.is_empty()).then_some(Draft { source: DraftSource::Proposal, tokens })
    }

    /// What followed the longest match of the last tokens.
    fn follow_match(&self, room: usize) -> Option<Draft<'_>> {
        let (source, Match { len, followers }) = self.longest_match()?;
        let n = self.best_draft_len(|n| match_acceptance(len + n)).min(room);
        Some(Draft { source, tokens: &followers[..n.min(followers.len())] })
    }

    fn longest_match(&self) -> Option<(DraftSource, Match<'_>)> {
        let others = self.others.iter().map(|(source, tokens)| (*source, &**tokens));
        let places = std::iter::once((DraftSource::Code, self.text.as_slice())).chain(others);
        let near =
            places.filter_map(|(source, place)| Some((source, latest_longest(place, &self.text)?)));
        let project = self.project.iter().filter_map(|project| project.longest_match(&self.text));
        let matches = near.chain(project.map(|found| (DraftSource::Project, found)));
        matches.reduce(|first, other| if other.1.len > first.1.len { other } else { first })
    }

    /// The draft length that yields the most tokens per time, where `acceptance` is the probability
    /// of each guess after a number of right ones of the same draft; 0 if no draft pays.
    fn best_draft_len(&self, acceptance: impl Fn(usize) -> f32) -> usize {
        let (mut best, mut best_speed_up) = (0, MIN_SPEED_UP);
        let (mut probability, mut n_expected) = (1.0, 1.0);
        for n in 1..=MAX_DRAFT {
            probability *= acceptance(n - 1);
            n_expected += probability;
            let speed_up = n_expected / self.cost.of_run(n + 1);
            if speed_up > best_speed_up {
                (best, best_speed_up) = (n, speed_up);
            }
        }
        best
    }
}

impl Draft<'_> {
    const NONE: Self = Self { source: DraftSource::Code, tokens: &[] };
}

/// The probability that a guess after a match of `match_len` tokens is accepted.
///
/// Measured on the evaluation's lines and blocks: 30, 54, 76 and 89 % after 1, 2, 4 and 8 or more.
/// The formula gives 33, 50, 67 and 80 %: lower for long matches, because a guess that is left out
/// can follow in the next run.
fn match_acceptance(match_len: usize) -> f32 {
    match_len as f32 / (match_len + 2) as f32
}

/// The probability that the next token of a proposal is accepted after `n_accepted` of its tokens.
fn proposal_acceptance(n_accepted: usize) -> f32 {
    (n_accepted as f32 + 1.5) / (n_accepted as f32 + 2.5)
}

/// The longest match of the end of `text` in `place`, the latest of several. The end of `place`
/// is no match, because nothing follows it.
fn latest_longest<'a>(place: &'a [TokenId], text: &[TokenId]) -> Option<Match<'a>> {
    let matches = (1..place.len()).map(|end| {
        let (earlier, followers) = place.split_at(end);
        Match { len: common_suffix_len(earlier, text), followers }
    });
    matches.filter(|found| found.len > 0).max_by_key(|found| found.len)
}

/// How many of the last tokens of `a` and `b` are equal, up to [`MAX_MATCH`].
fn common_suffix_len(a: &[TokenId], b: &[TokenId]) -> usize {
    let pairs = a.iter().rev().zip(b.iter().rev()).take(MAX_MATCH);
    pairs.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drafter(before: &[TokenId], after: &[TokenId]) -> Drafter {
        Drafter::new(before, after, 3, VerificationCost::ZERO)
    }

    #[test]
    fn the_latest_of_the_longest_matches_is_followed() {
        let check = |before: &[TokenId], draft: &[TokenId]| {
            assert_eq!(drafter(before, &[]).draft(9).tokens, draft, "after {before:?}");
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
    fn generated_tokens_are_searched_too() {
        let mut drafter = drafter(&[1, 2, 3], &[]);
        [1, 2].into_iter().for_each(|token| drafter.push(token));
        assert_eq!(drafter.draft(9).tokens, [3, 1, 2], "the completion began like the prompt");
        assert_eq!(drafter.draft(1).tokens, [3], "there is room for one");
    }

    #[test]
    fn other_sources_are_followed_if_they_match_longer() {
        let recent = RecentCompletions::default();
        recent.push([1, 2, 3, 40], [41, 42]);
        let check = |before: &[TokenId], after: &[TokenId], draft: &[TokenId], why: &str| {
            let drafter = drafter(before, after).with_recent(&recent);
            assert_eq!(drafter.draft(9).tokens, draft, "{why}");
        };
        check(&[3, 30, 3], &[2, 3, 31], &[30, 3], "one token alike in each: the nearest");
        check(&[3, 30, 2, 3], &[2, 3, 31], &[31], "two after the cursor");
        check(&[3, 30, 1, 2, 3], &[2, 3, 31], &[40, 41, 42], "three in an earlier completion");
        check(&[9], &[9], &[], "nothing follows the end of the code");
    }

    #[test]
    fn a_proposal_is_followed_while_the_text_agrees_with_it() {
        let mut drafter =
            drafter(&[1, 2, 3, 1, 2], &[]).with_proposals(vec![vec![7, 8], vec![7, 9]]);
        let mut check = |pushed: Option<TokenId>, source, tokens: &[TokenId]| {
            pushed.into_iter().for_each(|token| drafter.push(token));
            assert_eq!(drafter.draft(9), Draft { source, tokens }, "after {pushed:?}");
        };
        check(None, DraftSource::Proposal, &[7, 8]);
        check(Some(7), DraftSource::Proposal, &[8]);
        check(Some(9), DraftSource::Code, &[]);
        check(Some(1), DraftSource::Code, &[2, 7, 9]);
    }

    #[test]
    fn drafts_are_longer_after_longer_matches_and_at_lower_cost() {
        let draft_lens = |second: f32, further: f32| {
            let cost = VerificationCost { second, further };
            let drafter = Drafter::new(&[], &[], MAX_DRAFT, cost);
            [1, 4, 16].map(|len| drafter.best_draft_len(|n| match_acceptance(len + n)))
        };
        assert_eq!(draft_lens(1.0, 1.0), [0, 0, 0], "a further token costs as much as a run");
        assert_eq!(draft_lens(0.5, 0.5), [0, 1, 3], "a model whose weights are in a cache");
        assert_eq!(draft_lens(0.17, 0.3), [1, 2, 5], "a model that memory limits");
        assert_eq!(draft_lens(0.0, 0.0), [8, 8, 8], "guesses cost nothing");
    }
}
