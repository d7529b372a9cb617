//! [`InstallOutcome`]: how an installation ended.

use std::path::PathBuf;

use crate::catalog::ModelId;
use crate::error::InstallError;

/// A model that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The name it is installed under.
    pub id: ModelId,
    /// Bytes of its files.
    pub size_bytes: u64,
    /// Bytes that came over the network; 0 for a model from this disk.
    pub downloaded_bytes: u64,
    /// The downloaded files whose checksums were not known before. They are in the checksum lock
    /// file now.
    pub pinned: Vec<String>,
    /// The checksum lock file.
    pub checksum_lock_file: PathBuf,
    /// Why its speed was not measured, if there was too little memory for it.
    pub uncalibrated: Option<String>,
}

/// How an installation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallOutcome {
    /// The model is installed.
    Installed(Box<Installed>),
    /// The user cancelled the installation, or the program is ending.
    Cancelled,
    /// The installation failed.
    Failed {
        /// The reason and the remedy, for the user.
        message: String,
    },
}

impl InstallOutcome {
    /// The outcome of an installation with this result.
    pub fn of(end: &Result<Installed, InstallError>) -> Self {
        match end {
            Ok(installed) => Self::Installed(Box::new(installed.clone())),
            Err(InstallError::Cancelled) => Self::Cancelled,
            Err(error) => Self::Failed { message: error.to_string() },
        }
    }
}
