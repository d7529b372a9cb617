//! [`Tally`]: the times of all answers.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pounce_service::{Completion, TimeHistogram};

/// The times of all answers, shared by the clients.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) n_requests: u64,
    /// Answers to requests that were not cancelled.
    pub(crate) elapsed: TimeHistogram,
    /// The longest time by which an answer came after its maximum.
    pub(crate) worst_overrun: Duration,
}

impl Tally {
    pub(crate) fn n_requests(&self) -> u64 {
        self.lock().n_requests
    }

    pub(crate) fn counts(&self) -> Counts {
        self.lock().clone()
    }

    /// Adds an answer that was due by `maximum`.
    pub(crate) fn note(&self, completion: &Completion, maximum: Duration) {
        let mut counts = self.lock();
        counts.n_requests += 1;
        counts.worst_overrun = counts.worst_overrun.max(completion.elapsed.saturating_sub(maximum));
        if !completion.is_cancelled() {
            counts.elapsed.record(completion.elapsed);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
