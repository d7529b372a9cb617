//! [`State`]: what all requests to a running server share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use pounce_service::CompletionService;

/// What all requests share.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) service: CompletionService,
    /// What a client must send; `None`: nothing.
    pub(crate) token: Option<String>,
    /// When the server was started.
    pub(crate) since: SystemTime,
    pub(crate) completing: Completing,
}

/// The number of requests that are being completed. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Completing(std::sync::Arc<AtomicUsize>);

impl Completing {
    /// Counts one request until the value is dropped.
    pub(crate) fn enter(&self) -> CompletingOne {
        self.0.fetch_add(1, Ordering::Relaxed);
        CompletingOne(self.clone())
    }

    /// The number at this moment.
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One request that is being completed.
#[derive(Debug)]
pub(crate) struct CompletingOne(Completing);

impl Drop for CompletingOne {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
