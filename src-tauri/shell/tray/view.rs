//! [`TrayView`]: everything that the tray shows, as a value.

use std::sync::Arc;

use pounce_engine::Mode;
use pounce_service::{ModelState, RemoteInfo};

use crate::app::state::AppState;
use crate::request::completions::candidate_list::CandidateList;
use crate::request::completions::completed::Completed;
use crate::ui_language::UiLanguage;

/// Everything that the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrayView {
    /// The language of the menu.
    pub(crate) language: UiLanguage,
    /// The icon, and the first line of the menu.
    pub(crate) state: AppState,
    /// Why it is loading or degraded.
    pub(crate) detail: Option<String>,
    /// The hotkeys that work: their keys, and what they do.
    pub(crate) hotkeys: Vec<(String, &'static str)>,
    /// How much "Complete clipboard" completes.
    pub(crate) mode: Mode,
    /// Whether other programs are answered, as far as the user wants it.
    pub(crate) serves: bool,
    /// The installed models.
    pub(crate) models: Vec<ModelEntry>,
    /// The pinned model; `None` if the router chooses.
    pub(crate) pinned: Option<String>,
    /// Whether a write can be undone.
    pub(crate) can_undo: bool,
    /// The candidates of the last request.
    pub(crate) candidates: CandidateList,
    /// The last completions, newest first.
    pub(crate) history: Vec<Arc<Completed>>,
}

/// A model in the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelEntry {
    /// The id that commands take.
    pub(crate) id: String,
    /// The name for people.
    pub(crate) name: String,
    /// Whether it is in memory.
    pub(crate) state: ModelState,
    /// Where the code goes; `None` for a model of this machine.
    pub(crate) remote: Option<RemoteInfo>,
}
