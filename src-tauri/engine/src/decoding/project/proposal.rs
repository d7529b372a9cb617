//! [`Proposal`]: tokens that the project proposes, and how they are mixed into the model's
//! probabilities.

use crate::backend::graph::TokenId;
use crate::decoding::choice::Choice;

/// At most this many tokens are proposed, the most frequent ones.
const MAX_TOKENS: usize = 8;

/// The weight is a logistic function of these: how long the match is and how often it was found
/// (logarithms), the share of the most frequent token (logarithm), and the model's own log-probabilities
/// of that token and of its best one. Fitted by maximum likelihood to the lines at 500 places in 31
/// packages, each read by the embedded model with its file around it: cross-validated, the log-likelihood
/// of a token rose from -1.295 to -1.149.
const BIAS: f32 = -2.77;
const OF_LENGTH: f32 = 1.37;
const OF_TOTAL: f32 = 0.39;
const OF_SHARE: f32 = 2.24;
const OF_PROPOSED: f32 = 0.20;
const OF_BEST: f32 = -0.69;

/// Tokens that follow the longest match in the project.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Proposal {
    /// Tokens of the match.
    pub(crate) match_len: usize,
    /// How often each token follows it.
    counts: Vec<(TokenId, u32)>,
}

impl Proposal {
    /// Counts a token that follows a match of `match_len` tokens. A longer match makes those before
    /// forgotten; a shorter one does not count.
    pub(crate) fn add(&mut self, token: TokenId, match_len: usize) {
        if match_len < self.match_len {
            return;
        }
        if match_len > self.match_len {
            self.match_len = match_len;
            self.counts.clear();
        }
        match self.counts.iter_mut().find(|(known, _)| *known == token) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((token, 1)),
        }
    }

    /// The proposed tokens and the model's `own` best ones, the likeliest first, with what is proposed
    /// mixed into the probabilities. `log_prob` is the model's own log-probability of a token.
    pub(crate) fn mix(&self, own: &[Choice], log_prob: impl Fn(TokenId) -> f32) -> Vec<Choice> {
        let mut counts = self.counts.clone();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts.truncate(MAX_TOKENS);
        let total: u32 = self.counts.iter().map(|(_, count)| count).sum();
        let (first, count) = counts[0];
        let weight = self.weight(count, total, log_prob(first), own[0].log_prob);
        let share = |token: TokenId| {
            let count = counts.iter().find(|(proposed, _)| *proposed == token);
            count.map_or(0.0, |(_, count)| *count as f32 / total as f32)
        };
        let others = counts.iter().map(|(token, _)| *token);
        let others = others.filter(|token| own.iter().all(|choice| choice.token != *token));
        let others = others.map(|token| Choice { token, log_prob: log_prob(token) });
        let mixed = |choice: Choice| {
            let probability = (1.0 - weight) * choice.log_prob.exp() + weight * share(choice.token);
            Choice { log_prob: probability.max(f32::MIN_POSITIVE).ln(), ..choice }
        };
        let mut choices: Vec<Choice> = own.iter().copied().chain(others).map(mixed).collect();
        choices.sort_by(|a, b| b.log_prob.total_cmp(&a.log_prob));
        choices
    }

    /// How much the project's shares are worth, between 0 and 1.
    fn weight(&self, count: u32, total: u32, proposed: f32, best: f32) -> f32 {
        let share = count as f32 / total as f32;
        let logit = BIAS
            + OF_LENGTH * (self.match_len as f32).ln()
            + OF_TOTAL * (total as f32).ln()
            + OF_SHARE * share.ln()
            + OF_PROPOSED * proposed
            + OF_BEST * best;
        1.0 / (1.0 + (-logit).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::scores::log_prob;

    fn proposal(tokens: &[TokenId], match_len: usize) -> Proposal {
        let mut proposal = Proposal::default();
        tokens.iter().for_each(|token| proposal.add(*token, match_len));
        proposal
    }

    /// Logits of twenty tokens.
    fn logits(random: &mut fastrand::Rng) -> Vec<f32> {
        std::iter::repeat_with(|| random.f32() * 8.0).take(20).collect()
    }

    fn choice(logits: &[f32], token: TokenId) -> Choice {
        Choice { token, log_prob: log_prob(logits, token) }
    }

    #[test]
    fn the_best_of_a_few_tokens_is_the_best_of_all() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..500 {
            let logits = logits(&mut random);
            let mut all: Vec<Choice> = (0..20).map(|token| choice(&logits, token)).collect();
            all.sort_by(|a, b| b.log_prob.total_cmp(&a.log_prob));
            let tokens: Vec<TokenId> = (0..5).map(|_| random.u32(..20)).collect();
            let proposal = proposal(&tokens, random.usize(3..16));
            let mix = |own: &[Choice]| proposal.mix(own, |token| log_prob(&logits, token));
            let (few, whole) = (mix(&all[..1]), mix(&all));
            assert_eq!(few[0], whole[0], "{proposal:?} in {logits:?}");
            let sum: f32 = whole.iter().map(|choice| choice.log_prob.exp()).sum();
            assert!((sum - 1.0).abs() < 1e-4, "probabilities add up to 1, not {sum}");
        }
    }

    #[test]
    fn the_weight_grows_with_what_speaks_for_it() {
        let weight = |len: usize, count: u32, total: u32, proposed: f32, best: f32| {
            Proposal { match_len: len, counts: vec![] }.weight(count, total, proposed, best)
        };
        let base = weight(6, 1, 2, -3.0, -0.5);
        assert!((0.0..0.5).contains(&base), "{base}");
        assert!(weight(12, 1, 2, -3.0, -0.5) > base, "a longer match");
        assert!(weight(6, 2, 4, -3.0, -0.5) > base, "more places");
        assert!(weight(6, 2, 2, -3.0, -0.5) > base, "places that agree");
        assert!(weight(6, 1, 2, -1.0, -0.5) > base, "a token that the model thinks possible");
        assert!(weight(6, 1, 2, -3.0, -2.0) > base, "a model that is not sure");
    }

    #[test]
    fn rare_followers_are_left_out_where_there_are_many() {
        let logits = logits(&mut fastrand::Rng::with_seed(1));
        let tokens: Vec<TokenId> =
            (0..15).flat_map(|token| [token].repeat(token as usize)).collect();
        let mixed =
            proposal(&tokens, 5).mix(&[choice(&logits, 0)], |token| log_prob(&logits, token));
        assert_eq!(mixed.len(), MAX_TOKENS + 1, "with the model's own");
        assert!(mixed.iter().all(|choice| choice.token == 0 || choice.token > 6));
    }
}
