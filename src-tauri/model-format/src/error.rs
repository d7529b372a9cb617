//! [`ManifestError`]: why a manifest cannot be used.

use std::path::PathBuf;

use crate::layout::FORMAT;

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The manifest is missing or cannot be read.
    #[error("cannot read {}: is this a model folder?", path.display())]
    Read {
        /// The manifest's path.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file that the manifest lists is not a regular one, or too long for its kind.
    #[error("cannot use {}: {source}; install the model again", path.display())]
    File {
        /// The file's path.
        path: PathBuf,
        /// Why it is not opened.
        source: std::io::Error,
    },
    /// The manifest is not the JSON that this build expects.
    #[error("{} is not a valid manifest: convert the model again", path.display())]
    Parse {
        /// The manifest's path.
        path: PathBuf,
        /// Where and why it does not parse.
        source: serde_json::Error,
    },
    /// The folder has another layout than this build reads.
    #[error("{} has format {found}, this build reads {FORMAT}: convert the model again", path.display())]
    Format {
        /// The manifest's path.
        path: PathBuf,
        /// The value of `format` in the manifest.
        found: u32,
    },
    /// A value lies outside what any model has.
    #[error("{} has a {field} that no model has: convert the model again", path.display())]
    Value {
        /// The manifest's path.
        path: PathBuf,
        /// The name of the value.
        field: &'static str,
    },
    /// A file is missing, or its length differs from the manifest's.
    #[error("{} should be {expected} bytes and is {found}: the model is damaged, install it again", path.display())]
    Size {
        /// The file's path.
        path: PathBuf,
        /// Bytes by the manifest.
        expected: u64,
        /// Bytes on disk; 0 if there is no such file.
        found: u64,
    },
}
