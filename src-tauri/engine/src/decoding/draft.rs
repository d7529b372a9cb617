//! [`Drafter`]: guesses the next tokens from what was read and written, so that one decoder run can check several.
//!
//! Code repeats itself: where the last few tokens stood before, what followed them then is a good guess ("prompt
//! lookup decoding", Saxena 2023). They are looked for before the cursor and in the completion so far, after the
//! cursor, and in [recent completions](RecentCompletions). A guess costs a wider run and never changes the result:
//! only what the model itself would have chosen is kept.

use std::sync::Arc;

use crate::backend::graph::TokenId;
use crate::decoding::recent_completions::RecentCompletions;
use crate::decoding::verification_cost::WidthCost;

/// Longer matches are no surer.
const MAX_MATCH: usize = 32;
/// As many guesses as ever pay.
pub(crate) const MAX_GUESSES: usize = 8;

/// Guesses that are expected to win less than this are not made: what they cost is not known better.
const WORTH_IT: f32 = 1.1;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Drafter {
    /// What stands before the cursor, then the completion.
    text: Vec<TokenId>,
    /// Where else to look. Of equally long matches, that in the text and then in the first of these is followed.
    others: Vec<Arc<[TokenId]>>,
    limit: usize,
    cost: WidthCost,
}

/// A place where the last tokens of the text stood before.
struct Match<'a> {
    len: usize,
    /// What followed there; at least one token.
    followers: &'a [TokenId],
}

impl Drafter {
    /// Guesses up to `limit` tokens at once, as many as pay at this `cost`, at first from what stands `before` and
    /// `after` the cursor.
    pub(crate) fn new(
        before: &[TokenId],
        after: &[TokenId],
        limit: usize,
        cost: WidthCost,
    ) -> Self {
        Self { text: before.to_vec(), others: vec![after.into()], limit, cost }
    }

    /// Guesses from recent completions too.
    pub(crate) fn with_recent(mut self, recent: &RecentCompletions) -> Self {
        self.others.extend(recent.newest_first());
        self
    }

    /// Takes note of a token of the completion.
    pub(crate) fn push(&mut self, token: TokenId) {
        self.text.push(token);
    }

    /// What may follow, `room` tokens at most; empty when nothing like the last tokens stood before.
    pub(crate) fn draft(&self, room: usize) -> &[TokenId] {
        let Some(Match { len, followers }) = self.longest_match() else { return &[] };
        let n = self.n_worth(len).min(self.limit).min(room);
        &followers[..n.min(followers.len())]
    }

    fn longest_match(&self) -> Option<Match<'_>> {
        let sources = std::iter::once(self.text.as_slice()).chain(self.others.iter().map(|o| &**o));
        let matches = sources.filter_map(|source| latest_longest(source, &self.text));
        matches.reduce(|first, other| if other.len > first.len { other } else { first })
    }

    /// How many guesses after a match of so many tokens give the most tokens for their time.
    fn n_worth(&self, len: usize) -> usize {
        let (mut best, mut most) = (0, WORTH_IT);
        let (mut chance, mut n_expected) = (1.0, 1.0);
        for n in 1..=MAX_GUESSES {
            chance *= sureness(len + n - 1);
            n_expected += chance;
            let rate = n_expected / self.cost.of_run(n + 1);
            if rate > most {
                (best, most) = (n, rate);
            }
        }
        best
    }
}

/// How often a guess is right after a match of `len` tokens. Over the evaluation's lines and blocks it was 30, 54, 76
/// and 89 times in 100 after 1, 2, 4 and 8 or more; this says 33, 50, 67 and 80, since a guess that is not made in this
/// run can be made in the next.
fn sureness(len: usize) -> f32 {
    len as f32 / (len + 2) as f32
}

/// The longest match of the end of `text` in `source`, the latest of several. The end of `text` itself has no followers.
fn latest_longest<'a>(source: &'a [TokenId], text: &[TokenId]) -> Option<Match<'a>> {
    let matches = (1..source.len()).map(|end| {
        let (earlier, followers) = source.split_at(end);
        Match { len: n_alike(earlier, text), followers }
    });
    matches.filter(|found| found.len > 0).max_by_key(|found| found.len)
}

/// How many tokens both end with alike.
fn n_alike(a: &[TokenId], b: &[TokenId]) -> usize {
    let pairs = a.iter().rev().zip(b.iter().rev()).take(MAX_MATCH);
    pairs.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drafter(before: &[TokenId], after: &[TokenId]) -> Drafter {
        Drafter::new(before, after, 3, WidthCost::NONE)
    }

    #[test]
    fn the_latest_and_longest_match_is_followed() {
        let check = |before: &[TokenId], draft: &[TokenId]| {
            assert_eq!(drafter(before, &[]).draft(9), draft, "after {before:?}");
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
        let mut drafter = drafter(&[1, 2, 3], &[]);
        [1, 2].into_iter().for_each(|token| drafter.push(token));
        assert_eq!(drafter.draft(9), [3, 1, 2], "the completion began like the prompt");
        assert_eq!(drafter.draft(1), [3], "there is room for one");
    }

    #[test]
    fn what_stands_elsewhere_is_followed_where_it_matches_longer() {
        let recent = RecentCompletions::default();
        recent.note([1, 2, 3, 40], [41, 42]);
        let check = |before: &[TokenId], after: &[TokenId], draft: &[TokenId], why: &str| {
            let drafter = drafter(before, after).with_recent(&recent);
            assert_eq!(drafter.draft(9), draft, "{why}");
        };
        check(&[3, 30, 3], &[2, 3, 31], &[30, 3], "one token alike in each: the nearest");
        check(&[3, 30, 2, 3], &[2, 3, 31], &[31], "two after the cursor");
        check(&[3, 30, 1, 2, 3], &[2, 3, 31], &[40, 41, 42], "three in an earlier completion");
        check(&[9], &[9], &[], "nothing follows the end of the code");
    }

    #[test]
    fn more_is_guessed_where_it_is_surer_and_cheaper() {
        let n_worth = |second: f32, further: f32| {
            let cost = WidthCost { second, further };
            [1, 4, 16].map(|len| Drafter::new(&[], &[], MAX_GUESSES, cost).n_worth(len))
        };
        assert_eq!(n_worth(1.0, 1.0), [0, 0, 0], "a token of a wide run costs as much as a run");
        assert_eq!(n_worth(0.5, 0.5), [0, 1, 3], "a model whose weights are in a cache");
        assert_eq!(n_worth(0.17, 0.3), [1, 2, 5], "one that memory holds up");
        assert_eq!(n_worth(0.0, 0.0), [8, 8, 8], "for nothing");
    }
}
