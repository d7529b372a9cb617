//! [`Sampler`]: draws the next token by temperature and nucleus (top-p).
//!
//! Greedy decoding does not use it: the graph takes the arg-max itself.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::backend::graph::TokenId;

/// Draws tokens at random by their logits. The same seed gives the same tokens.
#[derive(Debug)]
pub(crate) struct Sampler {
    temperature: f32,
    top_p: f32,
    rng: SmallRng,
    /// (Unnormalized probability, token). Kept between tokens to reuse the allocation.
    candidates: Vec<(f32, TokenId)>,
}

impl Sampler {
    /// A `temperature` above 0 divides the logits. A `top_p` in (0, 1] keeps the most likely tokens
    /// whose probabilities reach that sum ("nucleus sampling", Holtzman et al. 2019).
    pub(crate) fn new(temperature: f32, top_p: f32, seed: u64) -> Self {
        Self { temperature, top_p, rng: SmallRng::seed_from_u64(seed), candidates: Vec::new() }
    }

    /// Draws a token by `logits`, `[vocab_size]`; never one of minus infinity.
    pub(crate) fn sample(&mut self, logits: &[f32]) -> TokenId {
        self.weigh(logits);
        self.keep_nucleus();
        let total: f32 = self.candidates.iter().map(|(weight, _)| weight).sum();
        let mut left = self.rng.random::<f32>() * total;
        for (weight, id) in &self.candidates {
            left -= weight;
            if left <= 0.0 {
                return *id;
            }
        }
        self.candidates.last().map_or(0, |(_, id)| *id)
    }

    /// Fills `candidates` with unnormalized probabilities, the most likely first.
    fn weigh(&mut self, logits: &[f32]) {
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let temperature = self.temperature;
        let weighed =
            (0..).zip(logits).map(|(id, logit)| (((logit - highest) / temperature).exp(), id));
        self.candidates.clear();
        // Less likely tokens are practically never drawn, and sorting them takes time.
        self.candidates.extend(weighed.filter(|(weight, _)| *weight > 1e-6));
        self.candidates.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    }

    /// Drops the candidates after those whose probabilities reach `top_p`.
    fn keep_nucleus(&mut self) {
        let total: f32 = self.candidates.iter().map(|(weight, _)| weight).sum();
        let mut reached = 0.0;
        let wanted = self.top_p * total;
        let kept = self.candidates.iter().take_while(|(weight, _)| {
            let is_kept = reached < wanted;
            reached += weight;
            is_kept
        });
        let n_kept = kept.count().max(1);
        self.candidates.truncate(n_kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::scores::arg_max;

    const LOGITS: [f32; 4] = [2.0, f32::NEG_INFINITY, 1.0, 0.0];

    fn draw(temperature: f32, top_p: f32, seed: u64) -> Vec<TokenId> {
        let mut sampler = Sampler::new(temperature, top_p, seed);
        (0..200).map(|_| sampler.sample(&LOGITS)).collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_tokens() {
        assert_eq!(draw(1.0, 1.0, 7), draw(1.0, 1.0, 7), "completions can be reproduced");
        assert_ne!(draw(1.0, 1.0, 7), draw(1.0, 1.0, 8), "another seed is another series");
    }

    #[test]
    fn shares_follow_the_softmax() {
        let drawn = draw(1.0, 1.0, 1);
        let share = |id| drawn.iter().filter(|d| **d == id).count() as f32 / drawn.len() as f32;
        assert_eq!(share(1), 0.0, "minus infinity is never drawn");
        assert!(
            (share(0) - 0.665).abs() < 0.1,
            "softmax gives token 0 two thirds, got {}",
            share(0)
        );
        assert!(share(2) > share(3), "a higher score is drawn more often");
    }

    #[test]
    fn a_small_nucleus_or_temperature_is_greedy() {
        assert!(draw(1.0, 0.5, 3).iter().all(|id| *id == 0), "token 0 alone reaches one half");
        assert!(draw(0.01, 1.0, 3).iter().all(|id| *id == 0), "a low temperature sharpens");
        assert_eq!(arg_max(&LOGITS), 0);
    }
}
