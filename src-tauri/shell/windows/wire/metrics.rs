//! What the dashboard draws. Counts and durations only: no wire type holds code or a completion. Percentiles and the
//! histogram follow the dashboard's filter, so the page computes them from the requests.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

use super::Mode;

/// One finished request: an element of the answer to `query_recent` (the last thousand,
/// oldest first), and the payload of the event
/// `completion`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct RequestRecord {
    /// Its number since the start of the app.
    pub(crate) id: u64,
    /// When it was triggered.
    pub(crate) at_ms: u64,
    /// The model that answered; `None` where none did.
    pub(crate) model: Option<String>,
    /// Who answered.
    pub(crate) source: CompletionSource,
    /// The remote engine that was sent the code, whoever answered; `None` if it stayed on this machine.
    pub(crate) sent_to: Option<String>,
    /// How much was asked for.
    pub(crate) mode: Mode,
    /// The name of the snippet's language.
    pub(crate) language: String,
    /// How it ended.
    pub(crate) finish: Finish,
    /// Whether the deadline cut the completion at a useful boundary.
    pub(crate) is_partial: bool,
    /// Tokens that the model read.
    pub(crate) n_prompt_tokens: u32,
    /// Tokens that it wrote.
    pub(crate) n_tokens: u32,
    /// Where the time went.
    pub(crate) stages: Stages,
    /// From the trigger to the clipboard changed: the sum of `stages`.
    pub(crate) total_ms: f64,
    /// Whether that was within the target in force then.
    pub(crate) met_target: bool,
    /// Whether that was within the maximum in force then.
    pub(crate) met_maximum: bool,
}

/// Where a request's time went; the fields add up to [`RequestRecord::total_ms`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct Stages {
    /// Reading the clipboard.
    pub(crate) clipboard_ms: f64,
    /// Text to tokens.
    pub(crate) tokenize_ms: f64,
    /// The encoder's run.
    pub(crate) encode_ms: f64,
    /// The first token.
    pub(crate) first_token_ms: f64,
    /// Every further token.
    pub(crate) decode_ms: f64,
    /// Tokens to text.
    pub(crate) detokenize_ms: f64,
    /// Writing the clipboard.
    pub(crate) write_ms: f64,
    /// What no other stage holds: choosing the model, waiting for it, passing from thread to thread.
    pub(crate) other_ms: f64,
}

/// Who answered a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum CompletionSource {
    /// A model of this machine.
    Model,
    /// A remote engine: the code was sent to it.
    Remote,
    /// An earlier completion of the same context.
    Cache,
    /// A copy from the snippet itself.
    Copy,
    /// No model: the open brackets were closed.
    Brackets,
    /// Nobody.
    Nothing,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum Finish {
    /// The completion is whole.
    Complete,
    /// The completion stops at its greatest length.
    Length,
    /// The deadline came first.
    Deadline,
    /// The user cancelled, or asked again.
    Cancelled,
    /// Something failed; a fallback may have answered.
    Failed,
}

/// The answer to `query_counters`: what has happened since the app started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct Counters {
    /// Requests answered from the cache.
    pub(crate) cache_hits: u64,
    /// Requests that the cache did not know.
    pub(crate) cache_misses: u64,
    /// Times that a breaker opened.
    pub(crate) breaker_trips: u64,
    /// Models unloaded to make room or because nobody used them.
    pub(crate) evictions: u64,
    /// Runs that had to be stopped.
    pub(crate) stuck_runs: u64,
}

/// What a window asks the app to write into the downloads folder.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct ExportFile {
    /// What it holds.
    pub(crate) kind: ExportKind,
    /// The content: text for CSV, base64 for PNG.
    pub(crate) content: String,
}

/// The formats that the dashboard exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum ExportKind {
    /// Comma-separated values, one request a line.
    Csv,
    /// A picture of the chart.
    Png,
}
