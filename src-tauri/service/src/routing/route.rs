//! [`Question`] and [`Route`]: what the router is asked, and what it answers.

use std::fmt;
use std::time::Duration;

use pounce_engine::Mode;

use super::complexity::Complexity;
use super::preference::Preference;
use crate::pool::memory::Shortage;
use pounce_models::catalog::{ContextKind, ModelId};

/// What the router is asked.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// Measures of the snippet.
    pub(crate) complexity: Complexity,
    /// How much code to write.
    pub(crate) mode: Mode,
    /// What is around the cursor.
    pub(crate) kind: ContextKind,
    /// Estimated tokens of the prompt.
    pub(crate) n_prompt_tokens: usize,
    /// Time left until the target.
    pub(crate) to_target: Duration,
    /// Time left until the maximum.
    pub(crate) to_maximum: Duration,
    /// What the user prefers when speed and quality disagree.
    pub(crate) preference: Preference,
    /// The model that the request or the user names; `None` leaves it to the router.
    pub(crate) pinned: Option<ModelId>,
    /// Whether the code must not leave this machine.
    pub(crate) is_secret: bool,
}

/// Why a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// The request or the user names it.
    Pinned,
    /// Its tier suits the snippet.
    Suits {
        /// Complexity of the snippet, 0 to 1.
        score: f32,
    },
    /// Its answers are expected to be worth the most in the time that there is.
    Best {
        /// The kind of context.
        kind: ContextKind,
        /// The share of such contexts in which it is right.
        worth: f64,
    },
    /// It answers so soon that a better model loses no time: that one is asked unless it is sure.
    First,
    /// The answer so far is less sure than this model's is expected to be.
    Surer {
        /// The probability that this model is right.
        worth: f64,
        /// The probability that the answer so far is right.
        so_far: f64,
    },
    /// It replaces a model that suits better and cannot answer now.
    Substitute,
    /// No model is expected to end in time, and it comes nearest.
    Fastest,
    /// It is larger than the model that has answered, and its answer may be worth more.
    Improves,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pinned => f.write_str("it is pinned"),
            Self::Suits { score } => write!(f, "it suits a complexity of {score:.2}"),
            Self::Best { kind, worth } => {
                write!(
                    f,
                    "it is expected to be right in {worth:.2} of contexts like this ({})",
                    kind.name()
                )
            }
            Self::First => f.write_str("it answers at once"),
            Self::Surer { worth, so_far } => {
                write!(
                    f,
                    "it is expected to be right with {worth:.2}, the answer so far with {so_far:.2}"
                )
            }
            Self::Substitute => {
                f.write_str("it is a substitute for a model that cannot answer now")
            }
            Self::Improves => f.write_str("it is larger than what has answered"),
            Self::Fastest => {
                f.write_str("no model is expected to end in time, and it is the fastest")
            }
        }
    }
}

/// Why a model is not asked.
#[derive(Debug, Clone, PartialEq)]
pub enum SkipReason {
    /// The model's circuit breaker is open.
    BreakerOpen,
    /// It is not in memory.
    NotLoaded,
    /// It does not fit into memory.
    DoesNotFit(Shortage),
    /// A run of it does not stop.
    Stuck,
    /// It would not reach a useful boundary in time.
    TooSlow {
        /// The least time it needs.
        needs: Duration,
        /// The time that is left.
        left: Duration,
    },
    /// It is not expected to do so much better than the answer so far that its time would pay.
    NotWorthIt {
        /// The probability that it would be right.
        worth: f64,
        /// The probability that the answer so far is right.
        so_far: f64,
    },
    /// The request names it, and it is not on this disk.
    NotInstalled,
    /// The code is secret, and it would leave this machine.
    StaysHere,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BreakerOpen => f.write_str("it failed too often and is left alone for a while"),
            Self::NotLoaded => f.write_str("it is not in memory"),
            Self::DoesNotFit(shortage) => shortage.fmt(f),
            Self::Stuck => f.write_str("a run of it does not stop"),
            Self::TooSlow { needs, left } => {
                write!(f, "it needs {} ms and there are {}", needs.as_millis(), left.as_millis())
            }
            Self::NotWorthIt { worth, so_far } => {
                write!(
                    f,
                    "it is expected to be right with {worth:.2}, and the answer so far with {so_far:.2}"
                )
            }
            Self::NotInstalled => f.write_str("it is not installed"),
            Self::StaysHere => f.write_str("the code is secret and stays on this machine"),
        }
    }
}

/// One model to ask.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) id: ModelId,
    /// Why it is asked.
    pub(crate) choice: Choice,
    /// Whether it is in memory; else it is loading and has to be waited for.
    pub(crate) is_ready: bool,
}

/// Which models to ask for one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Route {
    /// Asked one after the other until one answers.
    pub(crate) candidates: Vec<Candidate>,
    /// Not asked.
    pub(crate) skipped: Vec<(ModelId, SkipReason)>,
    /// Worth loading in the background: it would have come first. `None` if no model is.
    pub(crate) to_load: Option<ModelId>,
}
