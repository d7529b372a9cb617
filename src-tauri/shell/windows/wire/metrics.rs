//! The counters of the dashboard, and what it exports.

use pounce_service::{Counter, KeptLevel};
use serde::{Deserialize, Serialize};

/// The answer to `query_counters`: what has happened since the app started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct Counters {
    /// Requests answered from the cache.
    pub(crate) cache_hits: u64,
    /// Requests that the cache could not answer.
    pub(crate) cache_misses: u64,
    /// Answers that a larger model's replaced before they were pasted.
    pub(crate) improved: u64,
    /// How often a breaker opened.
    pub(crate) breaker_trips: u64,
    /// Models unloaded to make room or because they were idle.
    pub(crate) evictions: u64,
    /// Runs that had to be stopped.
    pub(crate) stuck_runs: u64,
    /// Completions that still stood in their files later, the surest level first; also from earlier starts.
    pub(crate) kept: Vec<KeptLevel>,
}

/// What a window asks the app to write into the downloads folder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct ExportFile {
    /// What it holds.
    pub(crate) kind: ExportKind,
    /// The content: text for CSV, base64 for PNG.
    pub(crate) content: String,
}

/// The formats that the dashboard exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) enum ExportKind {
    /// Comma-separated values, one request a line.
    Csv,
    /// A picture of the chart.
    Png,
}

impl Counters {
    /// The counters, each read by `count`.
    pub(crate) fn read(count: impl Fn(Counter) -> u64, kept: Vec<KeptLevel>) -> Self {
        Self {
            cache_hits: count(Counter::CacheHits),
            cache_misses: count(Counter::CacheMisses),
            improved: count(Counter::Improved),
            breaker_trips: count(Counter::BreakerOpened),
            evictions: count(Counter::Evictions),
            stuck_runs: count(Counter::StuckRuns),
            kept,
        }
    }
}
