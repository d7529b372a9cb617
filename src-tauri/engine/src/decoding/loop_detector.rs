//! Detects completions that repeat themselves.
//!
//! Small models sometimes fall into a loop and write the same tokens or lines until the token
//! limit. Such a completion is ended after the first round of the loop.

use crate::backend::graph::TokenId;

/// The longest detected round, in tokens: about two lines.
const MAX_PERIOD: usize = 32;
/// A loop has at least this many rounds.
const MIN_ROUNDS: usize = 3;
/// A loop has at least this many tokens, so that `0, 0, 0` and a row of dashes are none.
const MIN_TOKENS: usize = 24;

/// How many of `ids` to keep, up to the first round of a loop at their end; `None` if there is no
/// loop.
pub(crate) fn end_before_loop(ids: &[TokenId]) -> Option<usize> {
    (1..=MAX_PERIOD).find_map(|period| {
        let n_repeated =
            ids.iter().rev().zip(ids.iter().rev().skip(period)).take_while(|(a, b)| a == b).count();
        let n_looping = n_repeated + period;
        let is_loop = n_looping >= MIN_ROUNDS * period && n_looping >= MIN_TOKENS;
        is_loop.then_some(ids.len() - n_repeated)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ids: &[TokenId], kept: Option<usize>) {
        assert_eq!(end_before_loop(ids), kept, "{ids:?}");
    }

    #[test]
    fn the_first_round_of_a_loop_is_kept() {
        check(&[&[1, 2], [7].repeat(24).as_slice()].concat(), Some(3));
        check(&[&[1, 2], [7, 8].repeat(12).as_slice()].concat(), Some(4));
        check(&[&[1], (10..20).collect::<Vec<_>>().repeat(3).as_slice()].concat(), Some(11));
    }

    #[test]
    fn ordinary_repetition_is_no_loop() {
        check(&[7; 23], None);
        check(&(10..20).collect::<Vec<_>>().repeat(2), None);
        check(&[7, 8].repeat(11), None);
        check(&(0..100).collect::<Vec<_>>(), None);
        check(&[], None);
    }
}
