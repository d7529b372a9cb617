//! Watching a service: events, state, numbers.

use tokio::sync::broadcast;

use super::service::CompletionService;
use super::status::Status;
use crate::events::Event;
use crate::maintenance;
use crate::metrics::{ClipboardTimes, Counter, KeptLevel};
use crate::request::CompletionSource;
use pounce_models::sync::lock;
use pounce_project::FolderStatus;

impl CompletionService {
    /// The events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        let receiver = self.context().events.subscribe();
        // At the start there was no subscriber yet.
        if let Some(problem) = lock(&self.0.untold_problem).take() {
            self.context().events.send(Event::SettingsBroken(problem));
        }
        receiver
    }

    /// The state of models, memory and cache at this moment.
    pub fn status(&self) -> Status {
        Status::read(&self.0.pool, lock(&self.0.settings_problem).clone())
    }

    /// What is known of each folder with code of the user's.
    pub fn projects(&self) -> Vec<FolderStatus> {
        self.context().projects.status()
    }

    /// All metrics in Prometheus' text format.
    pub fn stats_text(&self) -> String {
        self.context().metrics.to_text(&maintenance::gauges(&self.0.pool))
    }

    /// Returns how often an event happened.
    pub fn count(&self, counter: Counter) -> u64 {
        self.context().metrics.get(counter)
    }

    /// Number of answers by the name of their source.
    pub fn sources(&self) -> Vec<(&'static str, u64)> {
        self.context().metrics.sources()
    }

    /// How many completions still stood in their files later, the surest level first.
    pub fn kept(&self) -> Vec<KeptLevel> {
        self.context().kept.counts().levels()
    }

    /// Adds what a caller measured of the clipboard around a completion of this source.
    pub fn note_clipboard(&self, source: &CompletionSource, times: ClipboardTimes) {
        self.context().metrics.record_clipboard(source.model(), times);
    }

    /// Counts a better answer, and whether it came in time to replace the first one.
    pub fn note_improvement(&self, is_in_time: bool) {
        self.context().count(if is_in_time { Counter::Improved } else { Counter::ImprovedLate });
    }

    /// Forgets all metrics, also how many completions were kept.
    pub fn clear_stats(&self) {
        self.context().metrics.clear();
        self.context().kept.clear();
    }
}
