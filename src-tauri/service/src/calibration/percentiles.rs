//! [`Percentiles`] of a handful of measurements.

use std::time::Duration;

use pounce_models::units::ms;
use serde::{Deserialize, Serialize};

/// Median and 95th percentile, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half of the durations are at most this long.
    pub p50_ms: f64,
    /// Nineteen of twenty are at most this long.
    pub p95_ms: f64,
}

impl Percentiles {
    /// The percentiles of `durations`, which must not be empty, by the nearest rank.
    pub fn of(durations: impl IntoIterator<Item = Duration>) -> Self {
        let mut sorted: Vec<f64> = durations.into_iter().map(ms).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = |share: f64| {
            let rank = (share * sorted.len() as f64).ceil() as usize;
            sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
        };
        Self { p50_ms: rank(0.50), p95_ms: rank(0.95) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest() {
        let check = |n: u64, p50_ms: f64, p95_ms: f64| {
            let found = Percentiles::of((1..=n).rev().map(Duration::from_millis));
            assert_eq!(found, Percentiles { p50_ms, p95_ms }, "of 1 to {n} ms");
        };
        check(1, 1.0, 1.0);
        check(2, 1.0, 2.0);
        check(20, 10.0, 19.0);
        check(100, 50.0, 95.0);
    }
}
