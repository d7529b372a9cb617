//! [`WidthCost`]: what further tokens of a decoder run cost, against a run of one.
//!
//! A run of one token is bound by memory, from which every weight comes once; a wider one by what the processor
//! computes. Where the one passes into the other depends on model, caches and machine, so it is measured.

use std::time::{Duration, Instant};

use crate::backend::graph::{Graph, TokenId, Wanted};
use crate::error::EngineError;

/// Unmeasured runs: after an encoder's, the first five or ten find the weights gone from the caches, and take longer.
const N_WARM_UP: usize = 6;
/// Rounds of measuring; of each width the fastest counts.
const N_ROUNDS: usize = 3;
/// The widths that are measured.
const WIDTHS: [usize; 3] = [1, 2, 4];

/// Shares of the time that a run of one token takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WidthCost {
    /// What a second token adds.
    pub(crate) second: f32,
    /// What each further one adds.
    pub(crate) further: f32,
}

impl Default for WidthCost {
    /// About the embedded model's, for before it was measured.
    fn default() -> Self {
        Self { second: 0.5, further: 0.5 }
    }
}

impl WidthCost {
    /// For tests that want as many guesses as can be.
    #[cfg(test)]
    pub(crate) const NONE: Self = Self { second: 0.0, further: 0.0 };

    /// Times a graph that has read a prompt. What the decoder's cache held is lost.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails.
    pub(crate) fn measure(graph: &mut dyn Graph) -> Result<Self, EngineError> {
        for _ in 0..N_WARM_UP {
            time(graph, 1)?;
        }
        let mut times = [Duration::MAX; WIDTHS.len()];
        for _ in 0..N_ROUNDS {
            for (width, fastest) in WIDTHS.into_iter().zip(&mut times) {
                *fastest = time(graph, width)?.min(*fastest);
            }
        }
        Ok(Self::of(times))
    }

    /// By the times of runs of 1, 2 and 4 tokens.
    fn of([one, two, four]: [Duration; 3]) -> Self {
        let share = |more: Duration, fewer: Duration, n: f32| {
            (more.saturating_sub(fewer).as_secs_f32() / one.as_secs_f32() / n).min(1.0)
        };
        Self { second: share(two, one, 1.0), further: share(four, two, 2.0) }
    }

    /// What a run of `width` tokens costs; a run of one costs 1.
    pub(crate) fn of_run(self, width: usize) -> f32 {
        match width {
            0 | 1 => 1.0,
            width => 1.0 + self.second + self.further * (width - 2) as f32,
        }
    }
}

/// How long a run of `width` tokens takes, whatever they are.
fn time(graph: &mut dyn Graph, width: usize) -> Result<Duration, EngineError> {
    let tokens = vec![TokenId::default(); width];
    let started = Instant::now();
    graph.decode(&tokens, 0, Wanted::NextIds(width))?;
    Ok(started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::fake_graph::{Call, FakeGraph};

    #[test]
    fn costs_are_shares_of_a_single_run() {
        let check = |micros: [u64; 3], second: f32, further: f32, why: &str| {
            let cost = WidthCost::of(micros.map(Duration::from_micros));
            assert_eq!(cost, WidthCost { second, further }, "{why}");
        };
        check([1000, 1250, 2250], 0.25, 0.5, "as measured");
        check([1000, 900, 900], 0.0, 0.0, "noise is no gain");
        check([1000, 4000, 9000], 1.0, 1.0, "nor does a token cost more than a run of its own");
        let cost = WidthCost { second: 0.25, further: 0.5 };
        assert_eq!([1, 2, 4].map(|width| cost.of_run(width)), [1.0, 1.25, 2.25]);
    }

    #[test]
    fn every_width_is_run_from_the_beginning() {
        let mut graph = FakeGraph::counting();
        WidthCost::measure(&mut graph).unwrap();
        let (unmeasured, measured) = graph.calls.split_at(N_WARM_UP);
        assert!(unmeasured.iter().all(|call| call.width() == 1));
        assert_eq!(measured.len(), WIDTHS.len() * N_ROUNDS);
        assert_eq!(measured[1], Call::Decode(vec![0, 0], 0), "where any cache has room");
    }
}
