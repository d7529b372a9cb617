//! [`Message`]: what the reading thread is told.

use std::path::PathBuf;

/// What the reading thread is told.
#[derive(Debug)]
pub(crate) enum Message {
    /// The user has named these folders, and no others.
    Folders(Vec<PathBuf>),
    /// Something at this path has changed.
    Changed(PathBuf),
    /// Something has changed, and it is not known where.
    CheckAgain,
    /// The reading ends.
    Stop,
}
