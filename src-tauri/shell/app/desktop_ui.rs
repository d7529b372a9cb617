//! The app as the request actor sees it: its settings, and where outcomes are shown.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use pounce_service::{ClipboardTimes, ModelId, TimeLimits};
use tauri::Runtime;

use super::App;
use crate::request::completions::candidate_list::CandidateList;
use crate::request::cursor_markers::CursorMarkers;
use crate::request::desktop_ui::{DesktopUi, RequestSettings, RequestState};
use crate::request::improving::ImprovementLimits;
use crate::request::notice::Notice;
use crate::request::report::{RequestReport, Times};
use crate::sync::lock;
use crate::ui_language::UiLanguage;
use crate::windows::{candidate_popup, wire};

impl<R: Runtime> App<R> {
    /// Shows a notice at once, when no task can do so any more.
    pub(crate) fn tell_at_end(&self, notice: &Notice) {
        if notice.is_wanted(self.service.settings().desktop.notices) {
            self.notifier.show(notice);
        }
    }
}

/// For the `Arc`, which drawing on the main thread keeps a clone of.
impl<R: Runtime> DesktopUi for Arc<App<R>> {
    fn language(&self) -> UiLanguage {
        App::language(self)
    }

    fn settings(&self) -> RequestSettings {
        let settings = self.service.settings();
        RequestSettings {
            mode: settings.desktop.mode,
            source: settings.clipboard.source,
            markers: CursorMarkers::new(settings.clipboard.cursor_marker.clone()),
            behaviour: settings.clipboard.behaviour,
            paste_keys: settings.clipboard.paste_keys.clone(),
            limits: settings.time_limits(),
            reads_ahead: settings.clipboard.encode_on_copy,
            improvement: ImprovementLimits::of(&settings.improvement),
        }
    }

    fn model_name(&self, id: &ModelId) -> String {
        let models = self.service.status().models;
        let model = models.into_iter().find(|model| model.id == *id);
        model.map_or_else(|| id.to_string(), |model| model.name)
    }

    fn notify(&self, notice: Notice) {
        if notice.is_wanted(self.service.settings().desktop.notices) {
            let notifier = self.notifier.clone();
            tauri::async_runtime::spawn_blocking(move || notifier.show(&notice));
        }
    }

    fn offer(&self, candidates: Option<CandidateList>) {
        candidate_popup::show(&self.handle, candidates, App::language(self));
    }

    fn draw(&self, state: RequestState) {
        *lock(&self.request_state) = state;
        self.redraw();
    }

    fn release_hotkeys(&self, is_released: bool) {
        let is_recording = self.is_recording.load(Ordering::Relaxed);
        lock(&self.hotkeys).release(is_released || is_recording);
        if self.service.settings().desktop.paused != is_released {
            self.save(move |settings| settings.desktop.paused = is_released);
        }
    }

    fn improved(&self, is_in_time: bool) {
        self.service.note_improvement(is_in_time);
    }

    fn ended(&self, report: &RequestReport, limits: TimeLimits) {
        if let Some(completion) = &report.completion {
            let Times { read, write, .. } = report.times;
            self.service.note_clipboard(&completion.source, ClipboardTimes { read, write });
        }
        if let Some(record) = wire::record(report, limits, App::language(self)) {
            self.remember(record);
        }
    }
}
