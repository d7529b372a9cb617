//! [`Trigger`]: what the user asks for, when, and from which window.

use std::time::Instant;

use pounce_cli::Verb;

use crate::clipboard::paste::WindowId;

/// What the user asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trigger {
    /// What to do.
    pub(crate) verb: Verb,
    /// When it was asked for; a completion's deadline counts from here.
    pub(crate) at: Instant,
    /// The window that had the focus then and gets the pasted completion; `None` pastes into the one that has the focus
    /// when the completion is there.
    pub(crate) window: Option<WindowId>,
}

/// Takes whether something was done, or why nothing was: another process waits for it.
pub(crate) type Answer = std::sync::mpsc::Sender<Result<(), String>>;

impl Trigger {
    /// A verb asked for now, from no particular window.
    pub(crate) fn now(verb: Verb) -> Self {
        Self { verb, at: Instant::now(), window: None }
    }
}
