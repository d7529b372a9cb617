//! [`InstallError`]: why a model is not installed.

use std::io;
use std::path::{Path, PathBuf};

use pounce_convert::ConvertError;
use pounce_model_format::ManifestError;

use super::checksum_source::ChecksumSource;
use crate::catalog::ModelId;
use crate::http::HttpError;

/// Why a model is not installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The text names no model of the catalogue, no repository, no folder and no file.
    #[error(
        "there is no model {name:?}: give a name from the catalogue (`pounce models list`), \
         user/repo or its address at Hugging Face, ./folder or ./file.gguf"
    )]
    Unknown {
        /// The text as it was given.
        name: String,
    },
    /// A model of this name is installed.
    #[error("{id} is installed already; to install it again, remove it first")]
    Installed {
        /// The model that was to be installed.
        id: ModelId,
    },
    /// This or another process is installing it.
    #[error("{id} is being installed already: wait until that is done, or cancel it")]
    Busy {
        /// The model that was to be installed.
        id: ModelId,
    },
    /// The name could not be that of a folder on every system.
    #[error(
        "{name:?} cannot be a model's name: choose one of letters, digits, dots, dashes and \
         underscores (--id)"
    )]
    Name {
        /// The name as it was given.
        name: String,
    },
    /// A converted model has graphs of its own, which the user has not said to trust.
    #[error(
        "{} has graphs of its own, which are run like a program: if you trust where it comes from, \
         add it with `pounce models add {} --trust`", dir.display(), dir.display()
    )]
    Untrusted {
        /// The folder of the model.
        dir: PathBuf,
    },
    /// The repository or folder does not have the file.
    #[error("there is no {what} at {place}: check the name")]
    NotFound {
        /// The file's path, or `folder` or `file` for a path on this disk.
        what: String,
        /// The repository's address, or the path on this disk.
        place: String,
    },
    /// The repository is private, or its licence must be accepted first.
    #[error(
        "{address} is not open to everybody: check the name, accept its licence there, and set \
         HF_TOKEN to a token of yours that may read it"
    )]
    Gated {
        /// The repository's address.
        address: String,
    },
    /// The server wants a token, which would have to be sent unencrypted.
    #[error(
        "{address} wants a token, and HF_TOKEN is not sent over plain http: set HF_ENDPOINT to an \
         address with https://"
    )]
    TokenWithheld {
        /// The repository's address.
        address: String,
    },
    /// The server refuses, and did so again at every further attempt.
    #[error("{host} answers {status} for {file}: try again later")]
    Refused {
        /// Host and port of the server.
        host: String,
        /// The status code of HTTP.
        status: u16,
        /// The file that was requested.
        file: String,
    },
    /// The server could not be reached, or broke the connection, at every attempt.
    #[error(
        "{reason}; check the network, HTTPS_PROXY and HF_ENDPOINT, then install again: what has \
         been downloaded is kept"
    )]
    Unreachable {
        /// The failure of the last attempt.
        reason: HttpError,
    },
    /// A file is not the expected one.
    #[error(
        "{file} has the SHA-256 {found}, but {expected_by} {expected}: {}", expected_by.remedy()
    )]
    Checksum {
        /// Its path in the repository, or on this disk.
        file: String,
        /// The expected checksum, in hexadecimal.
        expected: String,
        /// The checksum of the file, in hexadecimal.
        found: String,
        /// Where the expected checksum comes from.
        expected_by: ChecksumSource,
    },
    /// A file does not have the expected length.
    #[error("{file} has {found} bytes, but {expected_by} {expected}: {}", expected_by.remedy())]
    Size {
        /// Its path in the repository.
        file: String,
        /// The expected length in bytes.
        expected: u64,
        /// The length of the file in bytes.
        found: u64,
        /// Where the expected length comes from.
        expected_by: ChecksumSource,
    },
    /// A file is longer than any of its kind.
    #[error("{file} is longer than {} MiB, which no such file is: check the source", limit >> 20)]
    TooLong {
        /// Its path in the repository.
        file: String,
        /// The most bytes that a file of its kind may have.
        limit: u64,
    },
    /// It would not fit on the disk.
    #[error(
        "{} MB are needed in {}, {} MB are free: make room, then install again",
        needed.div_ceil(1_000_000), path.display(), free / 1_000_000
    )]
    DiskSpace {
        /// Bytes of the remaining downloads and of the converted model.
        needed: u64,
        /// Bytes that are free.
        free: u64,
        /// The folder that they are needed in.
        path: PathBuf,
    },
    /// A proxy or the sign-in page of a network answers in place of the server.
    #[error(
        "{host} sends a web page instead of {file}: sign in to the network, or check HTTPS_PROXY \
         and HF_ENDPOINT"
    )]
    NotAFile {
        /// Host and port of the server that answered.
        host: String,
        /// The file that was requested.
        file: String,
    },
    /// A file or folder cannot be read or written.
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
    /// The checksum lock file cannot be read, so no download could be compared with it.
    #[error(
        "cannot use {}: {reason}; repair it, or delete it to have checksums recorded again",
        path.display()
    )]
    LockFile {
        /// The checksum lock file.
        path: PathBuf,
        /// Why it cannot be read.
        reason: String,
    },
    /// The checkpoint cannot be converted.
    #[error(transparent)]
    Convert(ConvertError),
    /// A converted model that was to be imported is damaged.
    #[error(transparent)]
    Manifest(ManifestError),
    /// It was converted, but the load test failed.
    #[error("the model does not run here: {0}")]
    Unusable(String),
    /// The installation panicked, most likely in the converter.
    #[error(
        "the installation of {id} crashed: its files may be damaged; the log says where it happened"
    )]
    Crashed {
        /// The model that was to be installed.
        id: ModelId,
    },
    /// The user cancelled it, or the program is ending.
    #[error("the installation was cancelled")]
    Cancelled,
}

impl InstallError {
    /// Whether the disk is full, or will be soon.
    pub(crate) fn is_disk_full(&self) -> bool {
        match self {
            Self::DiskSpace { .. } => true,
            Self::Disk { reason, .. } => {
                matches!(reason.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }

    /// Maps an I/O error of this file or folder, for `map_err`.
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
