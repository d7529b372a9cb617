//! [`Source`]: which selection of the desktop is read, and until when its owner may answer.

use std::time::{Duration, Instant};

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
    end: Instant,
    /// How long it may take for one content.
    limit: Duration,
}

impl Source {
    /// A source whose owner has [`OWNER_TIMEOUT`] from now on.
    pub(crate) fn new(selection: Selection) -> Self {
        Self { selection, end: Instant::now() + OWNER_TIMEOUT, limit: OWNER_TIMEOUT }
    }

    /// The same selection, whose owner may take as long as `limit` for one content.
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// When the owner has to be done with a content that it is asked for now. Connecting to the display server, which
    /// takes longer on a busy machine, is not the owner's fault.
    pub(crate) fn end_from_now(self) -> Instant {
        self.end.min(Instant::now() + self.limit)
    }
}
