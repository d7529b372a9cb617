//! Watching a service: events, state, numbers.

use tokio::sync::broadcast;

use super::CompletionService;
use crate::context::lock;
use crate::events::Event;
use crate::janitor;
use crate::metrics::{ClipboardTimes, Counter, RequestRecord, StageStats};
use crate::status::{self, Status};

impl CompletionService {
    /// What happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        let receiver = self.0.context.events.subscribe();
        // Before the first watcher there was nobody to tell.
        if let Some(problem) = lock(&self.0.untold_problem).take() {
            self.0.context.events.send(Event::SettingsBroken(problem));
        }
        receiver
    }

    /// Models, memory, cache, as they are now.
    pub fn status(&self) -> Status {
        status::read(&self.0.context, &self.0.pool, self.0.settings_problem.as_deref())
    }

    /// The last requests, the oldest first; at most 1,000.
    pub fn recent(&self) -> Vec<RequestRecord> {
        lock(&self.0.context.metrics).recent().cloned().collect()
    }

    /// Percentiles by model and stage.
    pub fn stages(&self) -> Vec<StageStats> {
        lock(&self.0.context.metrics).stages()
    }

    /// All metrics in Prometheus' text format.
    pub fn stats_text(&self) -> String {
        let gauges = janitor::gauges(&self.0.context, &self.0.pool);
        lock(&self.0.context.metrics).to_text(&gauges)
    }

    /// How often something happened.
    pub fn count(&self, counter: Counter) -> u64 {
        lock(&self.0.context.metrics).get(counter)
    }

    /// Answers by the name of their source.
    pub fn sources(&self) -> Vec<(&'static str, u64)> {
        lock(&self.0.context.metrics).sources().collect()
    }

    /// Notes what a caller measured of the clipboard around the completion with this id.
    pub fn note_clipboard(&self, id: u64, times: ClipboardTimes) {
        lock(&self.0.context.metrics).note_clipboard(id, times);
    }

    /// Forgets all metrics.
    pub fn clear_stats(&self) {
        lock(&self.0.context.metrics).clear();
    }
}
