//! What the tray and the windows show of the app.

use std::sync::atomic::Ordering;

use pounce_service::{self as service, ModelCatalog, ModelRegistry, ModelStatus};
use tauri::Runtime;

use super::state::{app_state, wanted_model};
use super::{App, logging};
use crate::sync::lock;
use crate::tray::view::{ModelEntry, TrayView};
use crate::windows::wire::{self, Models, Status};

impl<R: Runtime> App<R> {
    /// What the windows show of the app as a whole.
    pub(crate) fn status(&self) -> Status {
        let view = self.tray_view();
        let service = self.service.status();
        let limits = self.service.settings().deadlines;
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            language: self.language(),
            state: view.state,
            detail: view.detail,
            mode: view.mode,
            active_model: wanted_model(&service.models).map(|model| model.name.clone()),
            hotkeys: lock(&self.hotkeys).status(self.language()),
            session: self.display,
            has_tray: self.has_tray.load(Ordering::Relaxed),
            has_completions: !view.history.is_empty(),
            candidates: view.candidates,
            can_undo: view.can_undo,
            log_folder: logging::folder(&self.paths.data).display().to_string(),
            settings_file: self.paths.settings_file().display().to_string(),
            target_ms: limits.target_ms as u32,
            maximum_ms: limits.maximum_ms as u32,
            n_cores: std::thread::available_parallelism().map_or(1, |n| n.get() as u32),
            total_memory_bytes: self.total_memory_bytes,
            settings_problem: service.settings_problem,
            read_ahead_problem: self.read_ahead_problem(),
            server: self.server.status(),
        }
    }

    /// What the windows show of the models.
    pub(crate) fn models(&self) -> Models {
        let dirs = ModelRegistry::scan(&self.paths.models, &ModelCatalog::built_in());
        let own = self.paths.models.first().cloned().unwrap_or_default();
        wire::models(&self.service.status(), &dirs, &own)
    }

    /// What the tray shows.
    pub(crate) fn tray_view(&self) -> TrayView {
        let request = self.request_state();
        let service::Status { models, settings_problem, .. } = self.service.status();
        let settings = self.service.settings();
        let language = self.language();
        let (hotkeys, working) = {
            let hotkeys = lock(&self.hotkeys);
            (hotkeys.status(language), hotkeys.working(language))
        };
        let (state, detail) =
            app_state(language, &request, &models, &hotkeys, settings_problem.is_none());
        let entry = |model: &ModelStatus| ModelEntry {
            id: model.id.to_string(),
            name: model.name.clone(),
            state: model.state.clone(),
            remote: model.remote.clone(),
        };
        TrayView {
            language,
            state,
            detail,
            hotkeys: working,
            mode: settings.desktop.mode,
            serves: settings.server.enabled,
            pinned: models.iter().find(|model| model.is_pinned).map(|model| model.id.to_string()),
            models: models.iter().map(entry).collect(),
            can_undo: request.can_undo,
            candidates: request.candidates,
            history: request.history,
        }
    }
}
