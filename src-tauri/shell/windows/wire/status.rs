//! The state of the app as a whole.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

use super::Mode;

/// The answer to `query_status`, and the payload of the event `status_changed`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct Status {
    /// The app's version, such as `0.1.0`.
    pub(crate) version: String,
    /// What the tray icon shows.
    pub(crate) state: AppState,
    /// One line that explains [`AppState::Degraded`] or [`AppState::Loading`]; `None` where there is nothing to say.
    pub(crate) detail: Option<String>,
    /// What the tray menu and `pounce trigger` complete.
    pub(crate) mode: Mode,
    /// The model that the next request will probably go to, warm or not; `None` where none is installed.
    pub(crate) active_model: Option<String>,
    /// Both hotkeys, the line's first.
    pub(crate) hotkeys: Vec<HotkeyStatus>,
    /// What the desktop runs on: on Wayland hotkeys come from the desktop's portal or not at all.
    pub(crate) session: DesktopSession,
    /// Whether a panel shows the tray icon.
    pub(crate) has_tray: bool,
    /// Whether a completion can be put on the clipboard again.
    pub(crate) has_last: bool,
    /// Whether a write to the clipboard can be taken back.
    pub(crate) can_undo: bool,
    /// Where the log is written.
    pub(crate) log_folder: String,
    /// Where the settings are kept.
    pub(crate) settings_file: String,
    /// The time in which a completion should be there.
    pub(crate) target_ms: u32,
    /// The time after which the best answer so far is given.
    pub(crate) maximum_ms: u32,
    /// The processor's cores: more threads than that help nobody.
    pub(crate) n_cores: u32,
    /// The machine's memory.
    pub(crate) total_memory_bytes: u64,
    /// What was wrong with the settings file at the start, and where it was put aside; `None` where it was right.
    pub(crate) settings_problem: Option<String>,
    /// Why copies are not read ahead although the settings say so; `None` where they are, or where they are not wanted.
    pub(crate) read_ahead_problem: Option<String>,
}

/// What the app is doing, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum AppState {
    /// The first model is not warm yet; requests are answered by the fallbacks.
    Loading,
    /// A warm model waits.
    Ready,
    /// A request is being answered.
    Working,
    /// Something is wrong that does not stop the app: no model, a breaker open, a hotkey taken.
    Degraded,
    /// The hotkeys are off until the user resumes.
    Paused,
}

/// The display server that the app runs under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum DesktopSession {
    /// X11: the app grabs its hotkeys itself.
    X11,
    /// Wayland: hotkeys come from the GlobalShortcuts portal, or from a binding in the compositor.
    Wayland,
}

/// One hotkey and whether it works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct HotkeyStatus {
    /// What it completes.
    pub(crate) mode: Mode,
    /// The keys, such as `Ctrl+Alt+Space`; empty where the hotkey is turned off.
    pub(crate) keys: String,
    /// Whether pressing it does something.
    pub(crate) state: HotkeyState,
    /// What is wrong and what helps, or where the keys are changed; `None` where there is nothing to say.
    pub(crate) message: Option<String>,
    /// The command that a compositor binding may run instead, such as `pounce trigger --mode line`.
    pub(crate) command: String,
}

/// Whether a hotkey works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum HotkeyState {
    /// Registered with the display server.
    Working,
    /// Registered with the desktop's portal: the desktop's own settings decide the keys.
    Portal,
    /// Turned off by the user.
    Off,
    /// Another program holds it.
    Taken,
    /// This desktop lets no program register hotkeys: bind `command` in the compositor.
    Unavailable,
}

/// The folders that `do_open_folder` opens in the desktop's file manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum Folder {
    /// Where the log is written.
    Logs,
    /// Where installed models are.
    Models,
    /// Where the settings are kept.
    Settings,
}
