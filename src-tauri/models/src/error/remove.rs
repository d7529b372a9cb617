//! [`RemoveError`]: why a model is not removed.

use std::io;
use std::path::PathBuf;

use crate::catalog::ModelId;

/// Why a model is not removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoveError {
    /// No folder of this name is a model.
    #[error("{id} is not installed")]
    NotInstalled {
        /// The model that was to be removed.
        id: ModelId,
    },
    /// It is part of the program or of its package.
    #[error("{id} comes with pounce and stays: choose another model as the default instead")]
    BuiltIn {
        /// The model that was to be removed.
        id: ModelId,
    },
    /// This or another process is installing or removing it.
    #[error("{id} is being installed or removed: wait until that is done")]
    Busy {
        /// The model that was to be removed.
        id: ModelId,
    },
    /// Its folder cannot be deleted.
    #[error("cannot delete {}: {reason}; check the folder's permissions", path.display())]
    Disk {
        /// The folder of the model.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
}
