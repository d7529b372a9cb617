//! [`Improving`]: the work of a larger model on a completion that was delivered, and [`ImprovementLimits`].

use std::time::{Duration, Instant};

use pounce_service::settings;
use tokio::task::JoinHandle;

use super::coordinator::RequestId;

/// How a larger model may improve a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImprovementLimits {
    /// How long it may go on after the first completion.
    pub(crate) maximum: Duration,
    /// How long after the first completion its place may be taken where the desktop does not tell who reads the clipboard.
    pub(crate) unseen: Duration,
}

impl ImprovementLimits {
    /// The limits of these settings; `None` if they are turned off.
    pub(crate) fn of(settings: &settings::Improvement) -> Option<Self> {
        settings.enabled.then_some(Self {
            maximum: Duration::from_millis(settings.maximum_ms),
            unseen: Duration::from_millis(settings.unseen_ms),
        })
    }
}

/// The work of a larger model on a completion. Dropping it ends the work.
#[derive(Debug)]
pub(crate) struct Improving {
    /// The request that was completed.
    pub(crate) id: RequestId,
    /// When that was triggered.
    pub(crate) at: Instant,
    /// How soon the better completion has to come.
    pub(crate) limits: ImprovementLimits,
    /// The task, which reports what it has found.
    pub(crate) task: JoinHandle<()>,
}

impl Drop for Improving {
    fn drop(&mut self) {
        self.task.abort();
    }
}
