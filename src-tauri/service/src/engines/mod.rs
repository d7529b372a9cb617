//! What runs a model: this machine, through [`LocalLoader`], or a server, through [`remote`].
//!
//! [`Engine`] and [`EngineLoader`] are the seam between them and the service. `fake` plays a script
//! in virtual time, for tests.

mod cancelled;
mod engine;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
pub(crate) mod key_error;
mod keyring;
mod keys;
mod loader;
mod local;
pub mod remote;
mod run_error;

pub use engine::{Engine, EngineLoader, OnCandidate, OnStep, Run};
pub use key_error::{KEY_VARIABLE, KeyError};
pub use keys::Keys;
pub use loader::Loader;
pub use local::LocalLoader;
pub use run_error::RunError;
