//! [`Verb`]: an action that the user asks the running app for.

use pounce_engine::Mode;
use serde::{Deserialize, Serialize};

/// An action that the user asks for by hotkey, tray menu, window or command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Verb {
    /// Complete the clipboard, or cancel the running completion. `None` is the mode of the
    /// settings.
    Complete(Option<Mode>),
    /// Put back what the clipboard held before the last write.
    Undo,
    /// Put the completion of the request with this number on the clipboard; `None` is the last one.
    Copy(Option<u64>),
    /// Forget the last completions.
    Forget,
    /// Put the next candidate of the last completion on the clipboard, which must still hold the one
    /// before.
    Next,
    /// Put the candidate with this index on the clipboard; one beyond the last is the snippet as it
    /// was.
    Choose(usize),
    /// Pause the app (`true`) or resume it (`false`).
    SetPaused(bool),
    /// Pause the app, or resume it if it is paused.
    TogglePause,
}
