//! [`Stage`]: the parts of a request's time, and their percentiles.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::RequestRecord;
use crate::catalog::ModelId;

/// A part of a request's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Reading the clipboard, before the request arrives here.
    ClipboardRead,
    /// Waiting for earlier requests.
    Queue,
    /// Text to ids.
    Tokenize,
    /// Reading the prompt.
    Encode,
    /// The first token.
    FirstToken,
    /// All later tokens.
    Decode,
    /// Ids to text.
    Detokenize,
    /// Writing the clipboard, after the answer.
    ClipboardWrite,
    /// From arrival to answer; more than the sum of the others by what lies between them.
    Total,
}

impl Stage {
    /// Every stage, in the order of time.
    pub const ALL: [Self; 9] = [
        Self::ClipboardRead,
        Self::Queue,
        Self::Tokenize,
        Self::Encode,
        Self::FirstToken,
        Self::Decode,
        Self::Detokenize,
        Self::ClipboardWrite,
        Self::Total,
    ];

    /// The word used in the dump and on the dashboard.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClipboardRead => "clipboard_read",
            Self::Queue => "queue",
            Self::Tokenize => "tokenize",
            Self::Encode => "encode",
            Self::FirstToken => "first_token",
            Self::Decode => "decode",
            Self::Detokenize => "detokenize",
            Self::ClipboardWrite => "clipboard_write",
            Self::Total => "total",
        }
    }

    pub(super) fn of(self, record: &RequestRecord) -> Duration {
        match self {
            Self::ClipboardRead => record.clipboard.read,
            Self::Queue => record.queued,
            Self::Tokenize => record.timings.tokenize,
            Self::Encode => record.timings.encode,
            Self::FirstToken => record.timings.first_token,
            Self::Decode => record.timings.decode,
            Self::Detokenize => record.timings.detokenize,
            Self::ClipboardWrite => record.clipboard.write,
            Self::Total => record.elapsed,
        }
    }
}

/// Percentiles of one model's stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageStats {
    /// `None`: requests that no model answered.
    pub model: Option<ModelId>,
    /// Which part.
    pub stage: Stage,
    /// How many requests had it.
    pub count: u64,
    /// Of all of them together.
    pub sum: Duration,
    /// Half were faster.
    pub p50: Duration,
    /// 95 of 100 were faster.
    pub p95: Duration,
    /// 99 of 100 were faster.
    pub p99: Duration,
    /// The slowest.
    pub max: Duration,
}

impl StageStats {
    pub(super) fn new(model: Option<ModelId>, stage: Stage, micros: &Histogram<u64>) -> Self {
        let at = |quantile| Duration::from_micros(micros.value_at_quantile(quantile));
        Self {
            model,
            stage,
            count: micros.len(),
            sum: Duration::from_secs_f64(micros.mean() * micros.len() as f64 / 1e6),
            p50: at(0.50),
            p95: at(0.95),
            p99: at(0.99),
            max: Duration::from_micros(micros.max()),
        }
    }
}
