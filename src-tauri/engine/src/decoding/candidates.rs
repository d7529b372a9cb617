//! [`Branches`]: where a completion could have gone on differently.
//!
//! Greedy decoding takes the likeliest token at each step, which need not give the likeliest line,
//! and the right line is often the second or third. So the search goes on from the place where the
//! text so far with another token has the highest probability, greedily after it. The next branch
//! is taken where it is likeliest, in any of the candidates so far.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::backend::graph::TokenId;
use crate::decoding::choice::Choice;

/// Tokens that compete at a position: the chosen one and its strongest rivals.
pub(crate) const N_RIVALS: usize = 3;
/// A branch below this log-probability is not worth a look: it is right less than once in a
/// thousand times.
const MIN_LOG_PROB: f32 = -7.0;

/// The beginning of a candidate: a part of another one, and a token that goes on differently.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Branch {
    pub(crate) choices: Vec<Choice>,
    /// The sum of the choices' log-probabilities, which no continuation exceeds.
    pub(crate) log_prob: f32,
}

/// The branches that were not followed yet, the likeliest first.
#[derive(Debug, Default)]
pub(crate) struct Branches {
    heap: BinaryHeap<Branch>,
}

impl Branches {
    /// Adds the branches of a completion that made `choices`. `rivals[i]` are the likeliest tokens
    /// at position `first + i`; before `first` the completion shares its tokens with another one.
    pub(crate) fn add(&mut self, choices: &[Choice], first: usize, rivals: &[Vec<Choice>]) {
        let mut log_prob: f32 = choices[..first].iter().map(|choice| choice.log_prob).sum();
        for (position, rivals) in (first..).zip(rivals) {
            let others = rivals.iter().filter(|rival| rival.token != choices[position].token);
            for rival in others {
                self.push(&choices[..position], *rival, log_prob + rival.log_prob);
            }
            log_prob += choices[position].log_prob;
        }
    }

    fn push(&mut self, before: &[Choice], rival: Choice, log_prob: f32) {
        if log_prob >= MIN_LOG_PROB {
            let choices = before.iter().copied().chain([rival]).collect();
            self.heap.push(Branch { choices, log_prob });
        }
    }

    /// Takes the likeliest branch.
    pub(crate) fn pop(&mut self) -> Option<Branch> {
        self.heap.pop()
    }
}

impl Branch {
    pub(crate) fn ids(&self) -> Vec<TokenId> {
        self.choices.iter().map(|choice| choice.token).collect()
    }
}

impl Eq for Branch {}

impl PartialOrd for Branch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Branch {
    fn cmp(&self, other: &Self) -> Ordering {
        self.log_prob.total_cmp(&other.log_prob)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(token: TokenId, probability: f32) -> Choice {
        Choice { token, log_prob: probability.ln() }
    }

    #[test]
    fn the_likeliest_branch_is_followed_first() {
        let chosen = [choice(1, 0.9), choice(2, 0.5), choice(3, 0.8)];
        let rivals = [
            vec![chosen[0], choice(4, 0.05)],
            vec![chosen[1], choice(5, 0.4), choice(6, 0.1)],
            vec![chosen[2], choice(7, 0.2)],
        ];
        let mut branches = Branches::default();
        branches.add(&chosen, 0, &rivals);
        let order: Vec<Vec<TokenId>> =
            std::iter::from_fn(|| branches.pop()).map(|branch| branch.ids()).collect();
        assert_eq!(
            order,
            [vec![1, 5], vec![1, 6], vec![1, 2, 7], vec![4]],
            "0.36, 0.09, 0.09, 0.05"
        );
    }

    #[test]
    fn what_another_candidate_shares_is_not_branched_off_again() {
        let chosen = [choice(1, 0.6), choice(2, 0.9)];
        let mut branches = Branches::default();
        branches.add(&chosen, 1, &[vec![chosen[1], choice(3, 0.1)]]);
        assert_eq!(branches.pop().map(|branch| branch.ids()), Some(vec![1, 3]));
        assert_eq!(branches.pop(), None, "the first token has no other branch");
    }

    #[test]
    fn a_hopeless_branch_is_left_out() {
        let chosen = [choice(1, 0.999)];
        let mut branches = Branches::default();
        branches.add(&chosen, 0, &[vec![chosen[0], choice(2, 1e-4)]]);
        assert_eq!(branches.pop(), None);
    }
}
