//! [`RequestRecord`]: one answered request, in numbers.

use std::time::{Duration, SystemTime};

use pounce_engine::{FinishReason, Language, Mode, StageTimings};

use crate::request::{Completion, CompletionSource, Reason, RequestOrigin};
use pounce_models::catalog::ModelId;

/// The stages of a request that its caller measures; zero where it did not touch the clipboard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClipboardTimes {
    /// Reading the clipboard.
    pub read: Duration,
    /// Writing the clipboard.
    pub write: Duration,
}

/// The figures of one answered request; none of its text.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestRecord {
    /// The completion's number, counted from the start of the program.
    pub id: u64,
    /// When it was answered.
    pub at: SystemTime,
    /// Where it came from.
    pub origin: RequestOrigin,
    /// Language of the snippet.
    pub language: Language,
    /// How much code was asked for.
    pub mode: Mode,
    /// What answered: a model, the cache or a fallback.
    pub source: CompletionSource,
    /// The server that was sent the code, even if another model answered; `None` if the code stayed on
    /// this machine.
    pub sent_to: Option<ModelId>,
    /// Why the model stopped; `None` if none ran to an end.
    pub finish: Option<FinishReason>,
    /// Prompt tokens read.
    pub n_prompt_tokens: usize,
    /// Tokens generated.
    pub n_tokens: usize,
    /// Time spent waiting for earlier requests.
    pub queued: Duration,
    /// Time that the model took for each of its stages.
    pub timings: StageTimings,
    /// Time from arrival to answer.
    pub elapsed: Duration,
    /// The filters that changed the text.
    pub applied: Vec<&'static str>,
    /// The filters that rejected an answer, in the order of time.
    pub rejected: Vec<&'static str>,
    /// Whether it was answered by the target.
    pub met_target: bool,
    /// Whether a model was not done by the maximum.
    pub missed_deadline: bool,
    /// Whether the text ends before the model did.
    pub is_partial: bool,
    /// Whether its caller, a newer request or the shutdown cancelled it.
    pub is_cancelled: bool,
    /// Whether it was turned away because too many requests waited.
    pub is_refused: bool,
    /// Memory of all loaded models when it was answered, in bytes.
    pub resident_bytes: u64,
}

impl RequestRecord {
    /// The figures that a completion itself carries; the others are zero, for the caller to fill in.
    pub fn of(completion: &Completion) -> Self {
        Self {
            id: completion.id,
            at: SystemTime::now(),
            origin: RequestOrigin::default(),
            language: Language::Unknown,
            mode: Mode::Line,
            source: completion.source.clone(),
            sent_to: completion.sent_to.clone(),
            finish: completion.finish,
            n_prompt_tokens: completion.n_prompt_tokens,
            n_tokens: completion.n_tokens,
            queued: Duration::ZERO,
            timings: completion.timings,
            elapsed: completion.elapsed,
            applied: completion.applied.clone(),
            rejected: completion.rejections().map(|rejection| rejection.filter).collect(),
            met_target: false,
            missed_deadline: completion
                .reasons
                .iter()
                .any(|r| matches!(r, Reason::DeadlineMissed(_))),
            is_partial: completion.is_partial,
            is_cancelled: completion.is_cancelled(),
            is_refused: completion.is_refused(),
            resident_bytes: 0,
        }
    }
}
