//! [`RequestRecord`]: one answered request, in numbers.

use std::time::{Duration, SystemTime};

use pounce_engine::{FinishReason, Language, Mode, StageTimings};

use crate::catalog::ModelId;
use crate::completion::{Completion, CompletionSource, Reason};

/// The stages of a request that its caller measures. Zero where it touched no clipboard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClipboardTimes {
    /// Reading it.
    pub read: Duration,
    /// Writing it.
    pub write: Duration,
}

/// One answered request. Never any text of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestRecord {
    /// The completion's id.
    pub id: u64,
    /// When it was answered.
    pub at: SystemTime,
    /// Of the snippet.
    pub language: Language,
    /// How much was wanted.
    pub mode: Mode,
    /// Who answered.
    pub source: CompletionSource,
    /// The server that was sent the code, whoever answered; `None` if it stayed on this machine.
    pub sent_to: Option<ModelId>,
    /// Why the model ended; `None` if none did.
    pub finish: Option<FinishReason>,
    /// Prompt tokens read.
    pub n_prompt_tokens: usize,
    /// Tokens generated.
    pub n_tokens: usize,
    /// Waiting for earlier requests.
    pub queued: Duration,
    /// The model's stages.
    pub timings: StageTimings,
    /// What its caller did with the clipboard; zero until the caller tells.
    pub clipboard: ClipboardTimes,
    /// From arrival to answer.
    pub elapsed: Duration,
    /// Whether it was answered by the target.
    pub met_target: bool,
    /// Whether a model was not done by the maximum.
    pub missed_deadline: bool,
    /// Whether the model would have gone on.
    pub is_partial: bool,
    /// Whether it was given up on purpose.
    pub is_cancelled: bool,
    /// Whether it was turned away.
    pub is_refused: bool,
    /// Memory of all models when it was answered.
    pub resident_bytes: u64,
}

impl RequestRecord {
    /// What a completion itself tells; the rest is zero, and filled in by who knows it.
    pub fn of(completion: &Completion) -> Self {
        Self {
            id: completion.id,
            at: SystemTime::now(),
            language: Language::Unknown,
            mode: Mode::Line,
            source: completion.source.clone(),
            sent_to: completion.sent_to.clone(),
            finish: completion.finish,
            n_prompt_tokens: completion.n_prompt_tokens,
            n_tokens: completion.n_tokens,
            queued: Duration::ZERO,
            timings: completion.timings,
            clipboard: ClipboardTimes::default(),
            elapsed: completion.elapsed,
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
