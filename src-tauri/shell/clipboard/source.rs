//! [`Source`]: which selection of the desktop is read, and until when its owner may answer.

use std::time::Instant;

use super::error::OWNER_TIMEOUT;

/// The two selections that a desktop keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// What was copied.
    Clipboard,
    /// What is merely selected: X11's and Wayland's primary selection.
    Primary,
}

/// A selection to read. All reads of one source end together, however many they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    /// The selection.
    pub(crate) selection: Selection,
    /// When the program that owns it has to be done.
    pub(crate) end: Instant,
}

impl Source {
    /// A source whose owner has [`OWNER_TIMEOUT`] from now on.
    pub(crate) fn new(selection: Selection) -> Self {
        Self { selection, end: Instant::now() + OWNER_TIMEOUT }
    }

    /// The same selection, until `end` at the latest.
    pub(crate) fn until(self, end: Instant) -> Self {
        Self { end: end.min(self.end), ..self }
    }
}
