//! [`TimeHistogram`]: percentiles of any number of durations in bounded memory.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Longer times count as this, in microseconds: a minute.
const MAX_MICROS: u64 = 60_000_000;
/// Significant digits of a recorded time: percentiles are right to 1 %.
const DIGITS: u8 = 2;

/// How often which time was measured, from a microsecond to a minute, to 1 %.
#[derive(Debug, Clone)]
pub struct TimeHistogram(Histogram<u64>);

impl Default for TimeHistogram {
    fn default() -> Self {
        let empty = Histogram::new_with_bounds(1, MAX_MICROS, DIGITS);
        Self(empty.expect("hdrhistogram accepts these constant bounds"))
    }
}

impl TimeHistogram {
    /// Adds a time; one outside of the bounds counts as the nearest bound.
    pub fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(MAX_MICROS);
        self.0.saturating_record(micros.clamp(1, MAX_MICROS));
    }

    /// How many times were added.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// All times together.
    pub fn sum(&self) -> Duration {
        Duration::from_secs_f64(self.0.mean() * self.0.len() as f64 / 1e6)
    }

    /// The time that the share `quantile` (0 to 1) did not exceed; zero without any times.
    pub fn quantile(&self, quantile: f64) -> Duration {
        Duration::from_micros(self.0.value_at_quantile(quantile))
    }

    /// The longest time; zero without any times.
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }
}
