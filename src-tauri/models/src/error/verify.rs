//! [`VerifyError`]: why an installed model is damaged.

use std::io;
use std::path::PathBuf;

use pounce_model_format::ManifestError;

use crate::catalog::ModelId;

/// Why an installed model is damaged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// No folder of this name is a model.
    #[error("{id} is not installed")]
    NotInstalled {
        /// The model that was to be verified.
        id: ModelId,
    },
    /// Its manifest cannot be read, or a file has another length.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A file cannot be read.
    #[error("cannot read {}: {reason}; check the disk", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// A file is not the one that was installed.
    #[error(
        "{} has the SHA-256 {found}, the manifest says {expected}: remove the model and install \
         it again", path.display()
    )]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The checksum in the manifest, in hexadecimal.
        expected: String,
        /// The checksum of the file on the disk, in hexadecimal.
        found: String,
    },
}
