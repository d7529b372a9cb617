//! [`NoPlace`]: why no place was found.

/// Why no place was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    /// The user has named no folder.
    #[error("no folder is read")]
    NoFolders,
    /// The lines of the snippet stand anywhere, or it has none.
    #[error("the snippet has too few lines of its own")]
    TooCommon,
    /// The lines stand in no file, or too few of them in one place.
    #[error("the snippet stands in no file of the projects")]
    NotFound,
    /// It is not found yet: the folders are still being read.
    #[error("the projects are still being read")]
    StillReading,
    /// The disk did not answer in time.
    #[error("the disk did not answer in time")]
    TooSlow,
}
