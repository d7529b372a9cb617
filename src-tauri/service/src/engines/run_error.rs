//! [`RunError`]: why a model could not be loaded, or a run failed.

use pounce_engine::EngineError;

use super::remote::RemoteError;

/// Why a model could not be loaded, or a run failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The engine of this machine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The server failed, or cannot be reached.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}
