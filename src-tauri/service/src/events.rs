//! [`Event`]: what the service reports to its subscribers. No event holds any code.

use tokio::sync::broadcast;

use crate::install::{InstallOutcome, InstallProgress};
use crate::metrics::RequestRecord;
use crate::pool::breakers::BreakerState;
use crate::pool::memory::{Pressure, Shortage};
use crate::pool::{ModelState, UnloadReason};
use pounce_models::catalog::ModelId;

/// A subscriber that falls behind by more events than this misses the oldest.
const CAPACITY: usize = 256;

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A model is on its way into memory or out of it.
    ModelState {
        /// The model.
        id: ModelId,
        /// The state that it is in now.
        state: ModelState,
    },
    /// A model was unloaded.
    Unloaded {
        /// The model.
        id: ModelId,
        /// Why.
        reason: UnloadReason,
    },
    /// A load was refused before it began.
    LoadRefused {
        /// The model.
        id: ModelId,
        /// How much memory it lacked.
        shortage: Shortage,
    },
    /// A request was answered: its figures.
    Completed(Box<RequestRecord>),
    /// A model's circuit breaker changed.
    Breaker {
        /// The model.
        id: ModelId,
        /// The breaker's new state.
        state: BreakerState,
    },
    /// The machine's shortage of memory changed.
    Pressure(Pressure),
    /// An installation goes on.
    InstallProgress(Box<InstallProgress>),
    /// An installation has ended.
    InstallEnded {
        /// The model that was installed.
        id: ModelId,
        /// How the installation ended.
        outcome: InstallOutcome,
    },
    /// The models folders were scanned again, after an installation, a removal or a change by another
    /// process.
    Rescanned,
    /// Other settings are in force.
    SettingsChanged,
    /// The settings file was broken when it was read; the text says what was done with it. A fault
    /// found at the start is sent to the first subscriber.
    SettingsBroken(String),
}

/// Sends events to all subscribers. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Events(broadcast::Sender<Event>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(CAPACITY))
    }

    /// Sends an event to all subscribers; without any it is dropped.
    pub(crate) fn send(&self, event: Event) {
        let _ = self.0.send(event);
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}
