//! [`HotkeyStatus`]: whether a hotkey works, as the windows show it.

use serde::Serialize;

/// One hotkey and whether it works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct HotkeyStatus {
    /// The path of its keys in the settings, such as `hotkeys.complete_line`.
    pub(crate) setting: &'static str,
    /// The keys, such as `Ctrl+Alt+Space`; empty if the hotkey is turned off.
    pub(crate) keys: String,
    /// Whether pressing the keys does something.
    pub(crate) state: HotkeyState,
    /// What is wrong and the remedy, or where the keys are changed; `None` if there is nothing to say.
    pub(crate) message: Option<String>,
    /// The command that a compositor binding may run instead, such as `pounce trigger --mode line`.
    pub(crate) command: &'static str,
}

/// Whether a hotkey works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) enum HotkeyState {
    /// Registered with the display server.
    Working,
    /// Registered with the desktop's portal: the desktop's own settings decide the keys.
    Portal,
    /// Turned off by the user.
    Off,
    /// Another program holds the keys.
    Taken,
    /// This desktop lets no program register hotkeys: bind `command` in the compositor.
    Unavailable,
}
