//! Times as the numbers that reports, files and windows have: milliseconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds with their fractions.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Milliseconds since 1970; 0 for earlier times.
pub fn unix_ms(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
