//! [`VerificationCost`]: the cost of verifying draft tokens in one decoder run.
//!
//! A run of one token is limited by memory, because it reads every weight once; a run of many
//! tokens is limited by computation. Where one turns into the other depends on model, caches and
//! machine, so it is measured.

use std::time::{Duration, Instant};

use crate::backend::graph::{DecodeOutput, Graph, TokenId};
use crate::error::EngineError;

/// Runs before the measurement. After an encoder run the weights are gone from the caches, which
/// slows the first five to ten decoder runs.
const N_WARM_UP: usize = 6;
/// Measured runs of each size; the fastest one counts.
const N_ROUNDS: usize = 3;
/// Tokens per run that are measured.
const SIZES: [usize; 3] = [1, 2, 4];

/// The cost of further tokens in a run, as fractions of the time of a run of one token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct VerificationCost {
    /// What a second token adds.
    pub(crate) second: f32,
    /// What each token after the second adds.
    pub(crate) further: f32,
}

impl Default for VerificationCost {
    /// About the embedded model's cost, until it is measured.
    fn default() -> Self {
        Self { second: 0.5, further: 0.5 }
    }
}

impl VerificationCost {
    /// Lets tests draft as many tokens as possible.
    #[cfg(test)]
    pub(crate) const ZERO: Self = Self { second: 0.0, further: 0.0 };

    /// Times `graph`, which has read a prompt. Overwrites the decoder's cache.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails.
    pub(crate) fn measure(graph: &mut dyn Graph) -> Result<Self, EngineError> {
        for _ in 0..N_WARM_UP {
            time(graph, 1)?;
        }
        let mut times = [Duration::MAX; SIZES.len()];
        for _ in 0..N_ROUNDS {
            for (n_tokens, fastest) in SIZES.into_iter().zip(&mut times) {
                *fastest = time(graph, n_tokens)?.min(*fastest);
            }
        }
        Ok(Self::from_times(times))
    }

    /// From the times of runs of 1, 2 and 4 tokens.
    fn from_times([one, two, four]: [Duration; 3]) -> Self {
        let fraction = |more: Duration, fewer: Duration, n: f32| {
            (more.saturating_sub(fewer).as_secs_f32() / one.as_secs_f32() / n).min(1.0)
        };
        Self { second: fraction(two, one, 1.0), further: fraction(four, two, 2.0) }
    }

    /// The cost of a run of `n_tokens`, where a run of one costs 1.
    pub(crate) fn of_run(self, n_tokens: usize) -> f32 {
        match n_tokens {
            0 | 1 => 1.0,
            n => 1.0 + self.second + self.further * (n - 2) as f32,
        }
    }
}

/// The time of a run of `n_tokens`; it does not depend on which they are.
fn time(graph: &mut dyn Graph, n_tokens: usize) -> Result<Duration, EngineError> {
    let tokens = vec![TokenId::default(); n_tokens];
    let started = Instant::now();
    graph.decode(&tokens, 0, DecodeOutput::NextIds(n_tokens))?;
    Ok(started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::fake_graph::{Call, FakeGraph};

    #[test]
    fn costs_are_fractions_of_a_single_run() {
        let check = |micros: [u64; 3], second: f32, further: f32, why: &str| {
            let cost = VerificationCost::from_times(micros.map(Duration::from_micros));
            assert_eq!(cost, VerificationCost { second, further }, "{why}");
        };
        check([1000, 1250, 2250], 0.25, 0.5, "as measured");
        check([1000, 900, 900], 0.0, 0.0, "noise is no gain");
        check([1000, 4000, 9000], 1.0, 1.0, "nor does a token cost more than a run of its own");
        let cost = VerificationCost { second: 0.25, further: 0.5 };
        assert_eq!([1, 2, 4].map(|n_tokens| cost.of_run(n_tokens)), [1.0, 1.25, 2.25]);
    }

    #[test]
    fn every_size_is_run_from_the_beginning() {
        let mut graph = FakeGraph::counting();
        VerificationCost::measure(&mut graph).unwrap();
        let (warm_up, measured) = graph.calls.split_at(N_WARM_UP);
        assert!(warm_up.iter().all(|call| call.n_tokens() == 1));
        assert_eq!(measured.len(), SIZES.len() * N_ROUNDS);
        assert_eq!(measured[1], Call::Decode(vec![0, 0], 0), "where any cache has room");
    }
}
