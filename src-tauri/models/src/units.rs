//! Times and sizes as the numbers that reports, files and windows have: milliseconds and megabytes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds with their fractions.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Milliseconds since 1970; 0 for earlier times.
pub fn unix_ms(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Megabytes, rounded up.
pub fn mb(bytes: u64) -> u64 {
    bytes.div_ceil(1024 * 1024)
}
