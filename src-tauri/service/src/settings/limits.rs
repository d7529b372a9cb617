//! [`LIMITS`]: what each whole number among the settings may be.

use serde::Serialize;

/// What a number may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SettingLimits {
    /// The path of the field: `deadlines.target_ms`.
    pub field: &'static str,
    /// The least, included.
    pub min: u64,
    /// The greatest, included.
    pub max: u64,
}

/// The limits of every whole number. They hold for numbers alone: `null` and `"never"` have none.
pub const LIMITS: &[SettingLimits] = &[
    limits("deadlines.target_ms", 10, 60_000),
    limits("deadlines.maximum_ms", 10, 60_000),
    limits("improvement.maximum_ms", 100, 10_000),
    limits("improvement.unseen_ms", 0, 10_000),
    limits("models.threads", 0, 256),
    limits("models.max_line_tokens", 1, 512),
    limits("models.max_block_tokens", 1, 1_024),
    limits("memory.budget_mb", 64, 1_048_576),
    limits("memory.idle_unload_minutes", 0, 10_080),
    limits("cache.max_kb", 0, 1_048_576),
    limits("cache.max_age_minutes", 1, 10_080),
    limits("queue.concurrency", 1, 16),
    limits("queue.capacity", 0, 1_000),
    limits("server.port", 1_024, 65_535),
];

const fn limits(field: &'static str, min: u64, max: u64) -> SettingLimits {
    SettingLimits { field, min, max }
}
