//! What pasting into a window takes: a [`Paster`] finds the window, a [`PasteTarget`] fetches the text.

use pounce_engine::CancelToken;
use thiserror::Error;

use super::error::{ClipboardError, Refusal};

/// An X server's number of a window.
pub(crate) type WindowId = x11rb::protocol::xproto::Window;

/// Finds windows to paste into.
pub(crate) trait Paster: Send {
    /// Waits until the user has let go of the hotkey, and returns the focused window. If `expected` is given, the
    /// focused window has to be that one. The clipboard is not touched yet.
    fn target_window(
        &mut self,
        expected: Option<WindowId>,
    ) -> Result<Box<dyn PasteTarget + '_>, PasteError>;
}

/// A window to paste into. Dropping it leaves nothing of the text on the clipboard.
pub(crate) trait PasteTarget {
    /// Replaces the clipboard's content with `text` and pastes it. Returns once the window has fetched the text, once
    /// it has failed to in time, or once `cancel` is cancelled. The clipboard holds the text until the next write.
    fn paste(&mut self, text: &str, cancel: &CancelToken) -> Result<(), PasteError>;
    /// Whether another program has copied something since.
    fn is_overtaken(&self) -> bool;
}

/// Why the window did not get the text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PasteError {
    /// Wayland compositors let no program press keys.
    #[error("this desktop lets no program press keys")]
    Unsupported,
    /// Another window has the focus than when the hotkey was pressed.
    #[error("another window came to the front")]
    Elsewhere,
    /// The X server refused.
    #[error("the X server did not take the keys: {0}")]
    Failed(String),
    /// The keys were pressed, but no program asked for the text.
    #[error("the window did not take it; `pounce copy-last` or the tray menu copies it")]
    NotFetched,
    /// The keys were pressed, but only a program other than the window's asked for the text.
    #[error(
        "only another program took it, such as a clipboard manager; `pounce copy-last` or the tray menu copies it"
    )]
    FetchedElsewhere,
}

/// Why a completion was not pasted. The clipboard holds what it held before, except after [`PasteRefusal::Restore`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PasteRefusal {
    /// The clipboard was left alone.
    #[error(transparent)]
    Clipboard(#[from] Refusal),
    /// There is no window to paste into; nothing was tried.
    #[error("{0}")]
    NoWindow(PasteError),
    /// The window did not get the text.
    #[error(transparent)]
    NotTaken(#[from] PasteError),
    /// The old content could not be put back.
    #[error("the old clipboard could not be put back; use `pounce undo` or the tray menu ({0})")]
    Restore(ClipboardError),
}
