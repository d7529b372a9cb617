//! [`Completed`]: what a model did.

use std::time::Duration;

use pounce_fitting::Ranked;

/// What a model did.
pub(super) struct Completed {
    pub(super) model: String,
    pub(super) ranked: Ranked,
    /// Time to load the model; zero for a server.
    pub(super) load: Duration,
}
