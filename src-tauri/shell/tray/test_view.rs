//! A view for tests: an app that is ready, with two models.

use pounce_engine::Mode;
use pounce_service::ModelState;

use super::view::{ModelEntry, TrayView};
use crate::app::state::AppState;
use crate::request::completions::candidate_list::CandidateList;
use crate::ui_language::UiLanguage;

pub(crate) fn entry(id: &str, name: &str, state: ModelState) -> ModelEntry {
    ModelEntry { id: id.into(), name: name.into(), state, remote: None }
}

pub(crate) fn view() -> TrayView {
    TrayView {
        language: UiLanguage::En,
        state: AppState::Ready,
        detail: None,
        hotkeys: vec![("Ctrl+Alt+Space".into(), "complete the clipboard")],
        mode: Mode::Line,
        serves: false,
        models: vec![
            entry("small", "Small", ModelState::Warm),
            entry("large", "Large", ModelState::Absent),
        ],
        pinned: None,
        can_undo: false,
        candidates: CandidateList::default(),
        history: Vec::new(),
    }
}
