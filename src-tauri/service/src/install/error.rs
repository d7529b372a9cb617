//! Why a model is not installed, removed, verified or used. Each message is one line that names the
//! thing and the remedy, fit to be shown.

use std::io;
use std::path::{Path, PathBuf};

use pounce_convert::ConvertError;
use pounce_model_format::ManifestError;

use crate::catalog::ModelId;
use crate::http::HttpError;
use crate::settings::SettingsError;

/// Why a model is not installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// Neither a name of the catalogue nor a repository, folder or file.
    #[error(
        "there is no model {name:?}: give a name from the catalogue (`pounce models list`), \
         user/repo, ./folder or ./file.gguf"
    )]
    Unknown {
        /// As it was given.
        name: String,
    },
    /// It is there already.
    #[error("{id} is installed already; to install it anew, remove it first")]
    Installed {
        /// Which.
        id: ModelId,
    },
    /// It is being installed already, by this process or another.
    #[error("{id} is being installed already: wait until that is done, or cancel it")]
    Busy {
        /// Which.
        id: ModelId,
    },
    /// The name cannot be a model's.
    #[error(
        "{name:?} cannot be a model's name: choose one of letters, digits, dots, dashes and \
         underscores (--id)"
    )]
    Name {
        /// As it was given.
        name: String,
    },
    /// The server, or this disk, has no such thing.
    #[error("there is no {what} at {place}: check the name")]
    NotFound {
        /// Which file, or which kind.
        what: String,
        /// The repository's address, or the folder.
        place: String,
    },
    /// The server wants to know who asks.
    #[error(
        "{address} is not open to everybody: check the name, accept its licence there, and set \
         HF_TOKEN to a token of yours that may read it"
    )]
    Gated {
        /// The repository's address.
        address: String,
    },
    /// The server does not want to, and did not change its mind.
    #[error("{host} answers {status} for {file}: try again later")]
    Refused {
        /// Who was asked.
        host: String,
        /// HTTP's number.
        status: u16,
        /// For what.
        file: String,
    },
    /// Nobody answers, or not to the end, and trying again did not help.
    #[error(
        "{reason}; check the network, HTTPS_PROXY and HF_ENDPOINT, then install again: what has \
         been downloaded is kept"
    )]
    Unreachable {
        /// What happened last.
        reason: HttpError,
    },
    /// A file is not the one that was meant.
    #[error("{file} has the SHA-256 {found}, but {pinned_in} {expected}: {}", pinned_in.remedy())]
    Checksum {
        /// Its path in the repository, or on this disk.
        file: String,
        /// Promised.
        expected: String,
        /// Downloaded.
        found: String,
        /// Who promised it.
        pinned_in: PinnedIn,
    },
    /// A file is not as long as promised.
    #[error("{file} has {found} bytes, but {pinned_in} {expected}: {}", pinned_in.remedy())]
    Size {
        /// Its path in the repository.
        file: String,
        /// Promised.
        expected: u64,
        /// Downloaded.
        found: u64,
        /// Who promised it.
        pinned_in: PinnedIn,
    },
    /// It would not fit on the disk.
    #[error(
        "{} MB are needed in {}, {} MB are free: make room, then install again",
        needed.div_ceil(1_000_000), path.display(), free / 1_000_000
    )]
    DiskSpace {
        /// Bytes of what is still to be downloaded and of the converted model.
        needed: u64,
        /// Bytes.
        free: u64,
        /// The folder.
        path: PathBuf,
    },
    /// Something in between answers with a page of its own.
    #[error(
        "{host} sends a web page instead of {file}: sign in to the network, or check HTTPS_PROXY \
         and HF_ENDPOINT"
    )]
    NotAFile {
        /// Who answered.
        host: String,
        /// What was asked for.
        file: String,
    },
    /// The disk does not take or give it.
    #[error(
        "cannot use {}: {reason}; check the disk's space and the folder's permissions",
        path.display()
    )]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// The user's pins cannot be read, so nothing could be compared with them.
    #[error(
        "cannot use {}: {reason}; repair it, or delete it to have checksums noted anew",
        path.display()
    )]
    Pins {
        /// The pins file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The checkpoint cannot be converted.
    #[error(transparent)]
    Convert(ConvertError),
    /// A converted model that was to be taken over is damaged.
    #[error(transparent)]
    Manifest(ManifestError),
    /// It was converted, and does not run.
    #[error("the model does not run here: {0}")]
    Unusable(String),
    /// Its files brought the converter down.
    #[error(
        "the installation of {id} crashed: its files may be damaged; the log says where it happened"
    )]
    Crashed {
        /// What was being installed.
        id: ModelId,
    },
    /// Somebody cancelled it.
    #[error("the installation was cancelled")]
    Cancelled,
}

impl InstallError {
    /// For `map_err`: this file or folder could not be used.
    pub(crate) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |reason| Self::Disk { path: path.to_owned(), reason }
    }
}

impl From<ConvertError> for InstallError {
    fn from(error: ConvertError) -> Self {
        match error {
            ConvertError::Cancelled => Self::Cancelled,
            error => Self::Convert(error),
        }
    }
}

/// Who promised what a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinnedIn {
    /// The catalogue of this program.
    Catalogue,
    /// The user's pins, since an earlier download.
    Pins(PathBuf),
    /// The server that sends it.
    Server,
    /// The manifest beside it.
    Manifest,
}

impl PinnedIn {
    fn remedy(&self) -> String {
        match self {
            Self::Catalogue => "it is not the file that was checked; do not use it".to_owned(),
            Self::Pins(file) => format!(
                "it has changed since; if you trust the new one, delete the entry in {}",
                file.display()
            ),
            Self::Server => "it was damaged on the way; install again".to_owned(),
            Self::Manifest => "it is damaged; copy the folder again".to_owned(),
        }
    }
}

impl std::fmt::Display for PinnedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Catalogue => f.write_str("the catalogue says"),
            Self::Pins(file) => write!(f, "{} says", file.display()),
            Self::Server => f.write_str("the server says"),
            Self::Manifest => f.write_str("its manifest says"),
        }
    }
}

/// Why a model is not removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoveError {
    /// It is not there.
    #[error("{id} is not installed")]
    NotInstalled {
        /// Which.
        id: ModelId,
    },
    /// It is part of the program, or of its package.
    #[error("{id} comes with pounce and stays: choose another model as the default instead")]
    BuiltIn {
        /// Which.
        id: ModelId,
    },
    /// It is being installed or removed, here or by another process.
    #[error("{id} is being installed or removed: wait until that is done")]
    Busy {
        /// Which.
        id: ModelId,
    },
    /// The disk does not let go of it.
    #[error("cannot delete {}: {reason}; check the folder's permissions", path.display())]
    Disk {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
}

/// Why a model is not sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It is not there.
    #[error("{id} is not installed")]
    NotInstalled {
        /// Which.
        id: ModelId,
    },
    /// Its manifest or a file's length is wrong.
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
    /// A file is not what was installed.
    #[error(
        "{} has the SHA-256 {found}, the manifest says {expected}: remove the model and install \
         it again", path.display()
    )]
    Checksum {
        /// The file.
        path: PathBuf,
        /// By the manifest.
        expected: String,
        /// On the disk.
        found: String,
    },
}

/// Why a model does not become the default.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UseError {
    /// It is not there.
    #[error("{id} is not installed: `pounce models add {id}` installs it")]
    NotInstalled {
        /// Which.
        id: ModelId,
    },
    /// The settings cannot be saved.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}
