//! Engines on other machines: servers with a completions endpoint, asked only where the user has
//! turned them on.
//!
//! A server is an [`Engine`](super::Engine) like any other, so deadline, circuit breaker, cache,
//! queue and metrics hold for it as they are. The answer is streamed: each piece is a step, to which
//! the same stop rules apply and of which the deadline keeps what is useful. To cancel is to drop
//! the connection. Code is sent for a request only: reading ahead sends nothing.

mod answer;
mod check;
mod error;
mod log_probs;
mod model;
#[cfg(feature = "fake")]
mod recorded;
mod request;
mod stream;

pub use check::{Checked, check, complete};
pub use error::RemoteError;
#[cfg(feature = "fake")]
pub use recorded::read_recorded;

pub(crate) use check::check_with;
pub(crate) use model::{RemoteModel, patient_http};
