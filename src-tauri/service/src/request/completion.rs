//! [`Completion`]: the answer to a request, its source, and the reasons for both.

use std::fmt;
use std::time::Duration;

use pounce_engine::{DraftCounts, FinishReason, StageTimings};
use pounce_fitting::Rejection;
use serde::Serialize;

use super::lookup::Lookup;
use crate::confidence::Confidence;
use crate::routing::{Choice, SkipReason};
use pounce_models::catalog::ModelId;

/// What made a completion.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", content = "model", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum CompletionSource {
    /// A model of this machine ran.
    Model(ModelId),
    /// A model of another machine ran: the code has left this one.
    Remote(ModelId),
    /// This model answered the same context before.
    Cache(ModelId),
    /// No model: an earlier line of the snippet went on like this.
    Copy,
    /// No model: the open brackets are closed.
    Brackets,
    /// None: the text is empty.
    None,
}

impl CompletionSource {
    /// The name in metrics, which is also the `kind` that the windows get.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Model(_) => "model",
            Self::Remote(_) => "remote",
            Self::Cache(_) => "cache",
            Self::Copy => "copy",
            Self::Brackets => "brackets",
            Self::None => "none",
        }
    }

    /// The model that made it; `None` for a copy, brackets or an empty text.
    pub fn model(&self) -> Option<&ModelId> {
        match self {
            Self::Model(id) | Self::Remote(id) | Self::Cache(id) => Some(id),
            Self::Copy | Self::Brackets | Self::None => None,
        }
    }
}

/// One of the reasons for a completion, which are listed in the order of time.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// This model was asked, for this reason.
    Chose(ModelId, Choice),
    /// This model was not asked, for this reason.
    Skipped(ModelId, SkipReason),
    /// No model is installed.
    NoModel,
    /// There is no code before the cursor.
    NothingToComplete,
    /// The model is being loaded and was not ready in time.
    StillLoading(ModelId),
    /// Loading the model failed.
    LoadFailed(ModelId, String),
    /// The engine returned an error.
    ModelFailed(ModelId, String),
    /// The engine panicked; the model is unloaded.
    ModelCrashed(ModelId),
    /// The model had not ended by the maximum.
    DeadlineMissed(ModelId),
    /// The text so far did not end at a useful boundary, so it is not shown.
    NoUsefulBoundary(ModelId),
    /// The model ended without a text.
    EmptyAnswer(ModelId),
    /// Nothing of what this source had fits the place.
    Rejected(CompletionSource, Rejection),
    /// A newer request of the same client took its place.
    Superseded,
    /// The caller cancelled.
    Cancelled,
    /// Too many requests were waiting.
    QueueFull {
        /// How many may wait.
        capacity: usize,
    },
    /// Requests that came before took all the time.
    QueueTimedOut,
    /// The service is shutting down.
    ShuttingDown,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chose(id, choice) => write!(f, "{id} was asked: {choice}"),
            Self::Skipped(id, reason) => write!(f, "{id} was not asked: {reason}"),
            Self::NoModel => f.write_str("no model is installed"),
            Self::NothingToComplete => f.write_str("there is no code before the cursor"),
            Self::StillLoading(id) => write!(f, "{id} is still loading"),
            Self::LoadFailed(id, message) => write!(f, "{id} could not be loaded: {message}"),
            Self::ModelFailed(id, message) => write!(f, "{id} failed: {message}"),
            Self::ModelCrashed(id) => write!(f, "{id} crashed and was unloaded"),
            Self::DeadlineMissed(id) => write!(f, "{id} was not finished in time"),
            Self::NoUsefulBoundary(id) => write!(f, "what {id} had in time was not worth showing"),
            Self::EmptyAnswer(id) => write!(f, "{id} had nothing to add"),
            Self::Rejected(source, rejection) => {
                let what = source.model().map_or("the copy", ModelId::as_str);
                write!(f, "{what} was not used: {}", rejection.reason)
            }
            Self::Superseded => f.write_str("a newer request took its place"),
            Self::Cancelled => f.write_str("it was cancelled"),
            Self::QueueFull { capacity } => write!(f, "{capacity} requests wait already"),
            Self::QueueTimedOut => f.write_str("earlier requests took all the time"),
            Self::ShuttingDown => f.write_str("the service is shutting down"),
        }
    }
}

/// Another completion that fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// The text to insert at the cursor.
    pub text: String,
    /// How sure it is that the text is right; `None` if no model for that was fitted to its source.
    pub confidence: Option<Confidence>,
}

/// One answered request.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// Number of the request, counted from 1 in each run of the program.
    pub id: u64,
    /// The text to insert at the cursor; may be empty.
    pub text: String,
    /// What made it.
    pub source: CompletionSource,
    /// Other completions that fit, the most promising first: if they were asked for, or were found
    /// on the way.
    pub alternatives: Vec<Alternative>,
    /// The natural logarithm of the text's probability; `None` if its source does not tell.
    pub log_prob: Option<f32>,
    /// How sure it is that the text is right; `None` if no model for that was fitted to its source.
    pub confidence: Option<Confidence>,
    /// The filters that changed the text, by name, in the order in which they did.
    pub applied: Vec<&'static str>,
    /// The server that was sent the code, even if another model answered; `None` if the code stayed on
    /// this machine.
    pub sent_to: Option<ModelId>,
    /// Whether the text was cut at a useful boundary before the model ended.
    pub is_partial: bool,
    /// Why the model stopped; `None` if no model ran to an end.
    pub finish: Option<FinishReason>,
    /// Time that the model took for each of its stages; zero if none ran.
    pub timings: StageTimings,
    /// Generated tokens.
    pub n_tokens: usize,
    /// Prompt tokens read.
    pub n_prompt_tokens: usize,
    /// Tokens that were guessed, and how many of the guesses were right.
    pub drafts: DraftCounts,
    /// Time from the request's arrival to the answer.
    pub elapsed: Duration,
    /// What came of looking for the snippet in the user's projects.
    pub lookup: Lookup,
    /// Why it was answered this way, in the order of time.
    pub reasons: Vec<Reason>,
}

impl Completion {
    /// An answer without text.
    pub(crate) fn empty(reasons: Vec<Reason>) -> Self {
        Self {
            id: 0,
            text: String::new(),
            source: CompletionSource::None,
            alternatives: Vec::new(),
            log_prob: None,
            confidence: None,
            applied: Vec::new(),
            sent_to: None,
            is_partial: false,
            finish: None,
            timings: StageTimings::default(),
            n_tokens: 0,
            n_prompt_tokens: 0,
            drafts: DraftCounts::default(),
            elapsed: Duration::ZERO,
            lookup: Lookup::None,
            reasons,
        }
    }

    /// Why answers were not used, in the order of time.
    pub fn rejections(&self) -> impl Iterator<Item = &Rejection> {
        self.reasons.iter().filter_map(|reason| match reason {
            Reason::Rejected(_, rejection) => Some(rejection),
            _ => None,
        })
    }

    /// Whether the request was cancelled: by its caller, by a newer request or by the shutdown.
    pub fn is_cancelled(&self) -> bool {
        use Reason::{Cancelled, ShuttingDown, Superseded};
        self.reasons.iter().any(|reason| matches!(reason, Cancelled | Superseded | ShuttingDown))
    }

    /// Whether it was refused because too many requests waited.
    pub fn is_refused(&self) -> bool {
        self.reasons.iter().any(|reason| matches!(reason, Reason::QueueFull { .. }))
    }
}
