//! The state of the app as a whole.

use pounce_engine::Mode;
use pounce_server::ServerStatus;
use serde::{Deserialize, Serialize};

use crate::app::state::AppState;
use crate::display::Display;
use crate::hotkeys::status::HotkeyStatus;
use crate::request::completions::candidate_list::CandidateList;
use crate::ui_language::UiLanguage;

/// The answer to `query_status`, and the payload of the event `status_changed`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct Status {
    /// The app's version, such as `0.1.0`.
    pub(crate) version: String,
    /// The language of the windows.
    pub(crate) language: UiLanguage,
    /// What the tray icon shows.
    pub(crate) state: AppState,
    /// One line that explains [`AppState::Degraded`] or [`AppState::Loading`]; `None` if there is nothing to say.
    pub(crate) detail: Option<String>,
    /// How much the tray menu and `pounce trigger` complete.
    pub(crate) mode: Mode,
    /// The name of the model that the next request will probably go to, warm or not; `None` if none is installed.
    pub(crate) active_model: Option<String>,
    /// Every hotkey, in the order of the settings.
    pub(crate) hotkeys: Vec<HotkeyStatus>,
    /// The display server: on Wayland hotkeys come from the desktop's portal or not at all.
    pub(crate) session: Display,
    /// Whether a panel shows the tray icon.
    pub(crate) has_tray: bool,
    /// Whether an earlier completion can be put on the clipboard again.
    pub(crate) has_completions: bool,
    /// The candidates of the last request.
    pub(crate) candidates: CandidateList,
    /// Whether a write to the clipboard can be undone.
    pub(crate) can_undo: bool,
    /// Where the log is written.
    pub(crate) log_folder: String,
    /// Where the settings are kept.
    pub(crate) settings_file: String,
    /// The time in which a completion should be there.
    pub(crate) target_ms: u32,
    /// The time after which the best answer so far is given.
    pub(crate) maximum_ms: u32,
    /// The processor's cores: more threads than that do not help.
    pub(crate) n_cores: u32,
    /// The machine's physical memory.
    pub(crate) total_memory_bytes: u64,
    /// What was wrong with the settings file at the start, and where it was put aside; `None` if it was right.
    pub(crate) settings_problem: Option<String>,
    /// Why copies are not read ahead although the settings say so; `None` if they are, or if that is turned off.
    pub(crate) read_ahead_problem: Option<String>,
    /// Whether other programs are answered, and where.
    pub(crate) server: ServerStatus,
}

/// The folders that `do_open_folder` opens in the desktop's file manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) enum Folder {
    /// Where the log is written.
    Logs,
    /// Where installed models are.
    Models,
    /// Where the settings are kept.
    Settings,
}
