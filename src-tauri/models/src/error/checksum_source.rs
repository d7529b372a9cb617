//! [`ChecksumSource`]: who says what a file must be.

use std::fmt;
use std::path::PathBuf;

/// Who says what size and checksum a file must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChecksumSource {
    /// The catalogue of this program.
    Catalogue,
    /// The user's checksum lock file, since an earlier download.
    LockFile(PathBuf),
    /// The server that sends the file.
    Server,
    /// The manifest of a converted model.
    Manifest,
}

impl ChecksumSource {
    /// What to do about a file that differs.
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::Catalogue => "it is not the file that was checked; do not use it".to_owned(),
            Self::LockFile(file) => format!(
                "it has changed since; if you trust the new one, delete the entry in {}",
                file.display()
            ),
            Self::Server => "it was damaged on the way; install again".to_owned(),
            Self::Manifest => "it is damaged; copy the folder again".to_owned(),
        }
    }
}

impl fmt::Display for ChecksumSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalogue => f.write_str("the catalogue says"),
            Self::LockFile(file) => write!(f, "{} says", file.display()),
            Self::Server => f.write_str("the server says"),
            Self::Manifest => f.write_str("its manifest says"),
        }
    }
}
