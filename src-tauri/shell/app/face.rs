//! The app as the desk sees it: its settings, and where outcomes are shown.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use pounce_service::{ClipboardTimes, TimeLimits};
use tauri::Runtime;

use super::{App, HISTORY, lock};
use crate::completer::{Report, Times};
use crate::desk::{DeskView, Face, Terms};
use crate::notice::Notice;
use crate::present;

/// It needs its own handle, to draw later.
impl<R: Runtime> Face for Arc<App<R>> {
    fn terms(&self) -> Terms {
        let settings = self.service.settings();
        Terms {
            mode: settings.desktop.mode.into(),
            behaviour: settings.clipboard.behaviour.into(),
            limits: settings.time_limits(),
            reads_ahead: settings.clipboard.encode_on_copy,
        }
    }

    fn notify(&self, notice: Notice) {
        if self.service.settings().desktop.notices {
            let notifier = self.notifier.clone();
            tauri::async_runtime::spawn_blocking(move || notifier.show(&notice));
        }
    }

    fn draw(&self, view: DeskView) {
        *lock(&self.desk_view) = view;
        self.redraw();
    }

    fn release_hotkeys(&self, is_released: bool) {
        let is_recording = self.is_recording.load(Ordering::Relaxed);
        lock(&self.hotkeys).release(is_released || is_recording);
    }

    fn ended(&self, report: &Report, limits: TimeLimits) {
        if let Some(completion) = &report.completion {
            let Times { read, write, .. } = report.times;
            self.service.note_clipboard(&completion.source, ClipboardTimes { read, write });
        }
        let Some(record) = present::record(report, limits) else { return };
        let mut history = lock(&self.history);
        if history.len() == HISTORY {
            history.pop_front();
        }
        history.push_back(record.clone());
        drop(history);
        self.emit("completion", record);
    }
}
