//! What pasting into a window takes: a [`Paster`] finds the window, a [`PasteTarget`] fetches the text.

use pounce_engine::CancelToken;
use pounce_service::settings::PasteRule;
use thiserror::Error;

use super::error::{ClipboardError, Refusal};

/// An X server's number of a window.
pub(crate) type WindowId = x11rb::protocol::xproto::Window;

/// What to look for in a window to paste into.
#[derive(Clone, Copy)]
pub(crate) struct PasteWish<'a> {
    /// The window that has to have the focus; `None` allows any.
    pub(crate) window: Option<WindowId>,
    /// The user's rules for programs.
    pub(crate) rules: &'a [PasteRule],
    /// What is to be pasted.
    pub(crate) completion: &'a str,
    /// Ends the wait for the user to let go of the hotkey.
    pub(crate) cancel: &'a CancelToken,
}

/// What to paste, and what it was made of.
#[derive(Clone)]
pub(crate) struct PasteText {
    /// The completion, for the place of the cursor.
    pub(crate) completion: String,
    /// The text that was copied. A window in which it is still selected would replace it by what is pasted.
    pub(crate) snippet: String,
    /// What takes the snippet's place in such a window: the snippet with the completion in it. `None` if the completion
    /// belongs behind it.
    pub(crate) whole: Option<String>,
}

/// Finds windows to paste into.
pub(crate) trait Paster: Send {
    /// Waits until the user has let go of the hotkey, or until `cancel` is cancelled; where keys cannot be watched, not at
    /// all.
    fn wait_for_release(&mut self, cancel: &CancelToken) -> Result<(), PasteError>;
    /// Waits until the user has let go of the hotkey, and returns the focused window if something may be pasted there.
    /// The clipboard is not touched yet.
    fn target_window(
        &mut self,
        wish: &PasteWish<'_>,
    ) -> Result<Box<dyn PasteTarget + '_>, PasteError>;
}

/// A window to paste into. Dropping it leaves nothing of the text on the clipboard.
pub(crate) trait PasteTarget {
    /// Replaces the clipboard's content with the text and pastes it. Returns once the window has fetched it, once it has
    /// failed to in time, or once `cancel` is cancelled. The clipboard holds the text until the next write.
    fn paste(&mut self, text: &PasteText, cancel: &CancelToken) -> Result<(), PasteError>;
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
    /// The user's rules, or the table of programs, say so.
    #[error("nothing is pasted into {0}")]
    Never(String),
    /// A terminal might run each line.
    #[error("a terminal might run its lines")]
    LinesInTerminal,
    /// Keys were still held down after several seconds.
    #[error("the hotkey was still held")]
    KeysHeld,
    /// The X server refused.
    #[error("the X server did not take the keys: {0}")]
    Failed(String),
    /// The keys were pressed, but no program asked for the text.
    #[error("the window did not take it in time")]
    NotFetched,
    /// The keys were pressed, but only a program other than the window's asked for the text.
    #[error("only another program took it, such as a clipboard manager")]
    FetchedElsewhere,
}

/// Why a completion was not pasted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum PasteRefusal {
    /// The clipboard was left alone.
    #[error(transparent)]
    Clipboard(#[from] Refusal),
    /// There is no window to paste into; nothing was tried.
    #[error("{0}")]
    NoWindow(PasteError),
    /// The window did not get the text. It may wake later and ask, so the completion is on the clipboard now.
    #[error("{0}")]
    NotTaken(PasteError),
    /// The window did not get the text, and another program has copied something meanwhile, which stays.
    #[error("{0}; `pounce copy-last` or the tray menu copies it")]
    Overtaken(PasteError),
    /// The old content could not be put back.
    #[error("the old clipboard could not be put back; use `pounce undo` or the tray menu ({0})")]
    Restore(ClipboardError),
}

#[cfg(test)]
impl<'a> PasteWish<'a> {
    /// Something to paste into any window.
    pub(crate) fn anywhere(cancel: &'a CancelToken) -> Self {
        Self { window: None, rules: &[], completion: "1;", cancel }
    }
}
