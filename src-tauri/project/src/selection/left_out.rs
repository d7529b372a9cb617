//! [`LeftOut`]: why a file is not read.

use std::fmt;

/// Why a file is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// Its name is one of those that hold passwords or keys, or a private key stands in it.
    Secret,
    /// It is larger than 1 MiB.
    TooLarge,
    /// It is not text.
    Binary,
    /// Its lines are too long to have been written by hand.
    Minified,
    /// A program wrote it.
    Generated,
    /// The system does not let it be read.
    Unreadable,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret => "may hold secrets",
            Self::TooLarge => "larger than 1 MiB",
            Self::Binary => "binary",
            Self::Minified => "minified",
            Self::Generated => "generated",
            Self::Unreadable => "unreadable",
        })
    }
}
