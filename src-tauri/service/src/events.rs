//! [`Event`]: what the service tells those who watch it. No event holds any code.

use tokio::sync::broadcast;

use crate::breaker::BreakerState;
use crate::catalog::ModelId;
use crate::install::{InstallOutcome, InstallProgress};
use crate::memory::{Pressure, Shortage};
use crate::metrics::RequestRecord;
use crate::settings::Effect;

/// Events that a slow watcher may fall behind, before it misses the oldest.
const CAPACITY: usize = 256;

/// Where a model is on its way into memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ModelState {
    /// Not in memory.
    #[default]
    Absent,
    /// To be loaded, after others.
    Queued,
    /// Being loaded and warmed up.
    Loading,
    /// Ready: its first request is as fast as its tenth.
    Warm,
    /// It could not be loaded.
    Failed {
        /// Why, and what to do.
        message: String,
    },
}

impl ModelState {
    /// The word used on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Queued => "queued",
            Self::Loading => "loading",
            Self::Warm => "warm",
            Self::Failed { .. } => "failed",
        }
    }
}

/// Why a model left memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// Another one needed its room.
    Evicted,
    /// Nobody had asked it for long.
    Idle,
    /// The machine was short of memory.
    Pressure,
    /// The user unloaded it, or changed how models are loaded.
    Asked,
    /// It panicked.
    Crashed,
    /// A run of it never came back; its thread and memory are lost.
    Lost,
    /// It turned out larger than its room.
    TooLarge,
}

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A model is on its way in or out.
    ModelState {
        /// Which.
        id: ModelId,
        /// Where it is now.
        state: ModelState,
    },
    /// A model left memory.
    Departed {
        /// Which.
        id: ModelId,
        /// Why.
        departure: Departure,
    },
    /// A load was refused before it began.
    LoadRefused {
        /// Which.
        id: ModelId,
        /// The numbers.
        shortage: Shortage,
    },
    /// A request was answered.
    Completed(Box<RequestRecord>),
    /// A model's breaker changed.
    Breaker {
        /// Which.
        id: ModelId,
        /// Where it stands now.
        state: BreakerState,
    },
    /// The machine's shortage of memory changed.
    Pressure(Pressure),
    /// An installation goes on.
    InstallProgress(Box<InstallProgress>),
    /// An installation has ended.
    InstallEnded {
        /// Of which model.
        id: ModelId,
        /// How.
        outcome: InstallOutcome,
    },
    /// The models folders were looked into again, after an installation, a removal or another process' word.
    Rescanned,
    /// Settings were changed; each group with the time at which it takes effect.
    SettingsChanged(Vec<(&'static str, Effect)>),
    /// The settings file was broken when it was read; the text says what became of it. What was found
    /// at the start is told to the first watcher.
    SettingsBroken(String),
}

/// Sends events to whoever listens.
#[derive(Debug, Clone)]
pub(crate) struct Events(broadcast::Sender<Event>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(CAPACITY))
    }

    /// Tells everybody. Nobody listening is fine.
    pub(crate) fn send(&self, event: Event) {
        let _ = self.0.send(event);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}
