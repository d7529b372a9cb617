//! [`ModelView`]: one installed model, as plain values for the router.

use crate::calibration::Speed;
use crate::pool::memory::Shortage;
use pounce_models::catalog::{ContextQuality, ModelId, Tier};

/// Where a model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    /// On this machine.
    Here,
    /// On another, which the user prefers or has made the default.
    RemotePreferred,
    /// On another, which is asked only where no model of this machine can answer.
    RemoteInNeed,
}

impl Location {
    /// Whether the code would leave this machine.
    pub(super) fn is_remote(self) -> bool {
        self != Self::Here
    }

    /// The order of asking: 0 comes first.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::RemotePreferred => 0,
            Self::Here => 1,
            Self::RemoteInNeed => 2,
        }
    }
}

/// Whether a model is in memory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Residency {
    /// In memory and ready.
    Resident,
    /// Being loaded, or queued for it.
    Loading,
    /// In memory, with a cancelled run that does not stop.
    Stuck,
    /// Not in memory; it would fit beside the others.
    Absent,
    /// Not in memory; others would have to be evicted.
    AbsentNeedsEviction,
    /// Not in memory, for which it is too large.
    DoesNotFit(Shortage),
}

/// One installed model, as the router sees it.
#[derive(Debug, Clone)]
pub(crate) struct ModelView {
    pub(crate) id: ModelId,
    /// Its rank among the models, by size and quality.
    pub(crate) tier: Tier,
    /// Where it runs.
    pub(crate) location: Location,
    /// Its measured speed; `None` before the first run.
    pub(crate) speed: Option<Speed>,
    /// How good it is by kind of context; `None` if that was not measured.
    pub(crate) quality: Option<ContextQuality>,
    /// The longest prompt it reads, in tokens.
    pub(crate) max_prompt_tokens: usize,
    /// Whether it has read this prompt already.
    pub(crate) has_read: bool,
    /// Whether it is in memory.
    pub(crate) residency: Residency,
    /// Whether its breaker lets a request through.
    pub(crate) is_admitted: bool,
}
