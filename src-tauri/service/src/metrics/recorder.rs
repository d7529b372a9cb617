//! [`MetricsRecorder`]: the metrics of a running service, shared by its parts.

use std::sync::{Arc, Mutex};

use super::Counter;
use super::prometheus::Gauges;
use super::record::{ClipboardTimes, RequestRecord};
use super::totals::Metrics;
use pounce_models::catalog::ModelId;
use pounce_models::sync::lock;

/// Counts and times, behind one lock. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct MetricsRecorder(Arc<Mutex<Metrics>>);

impl MetricsRecorder {
    /// Adds an answered request.
    pub(crate) fn record(&self, record: &RequestRecord) {
        lock(&self.0).record(record);
    }

    /// Adds what the caller measured of the clipboard around a completion of `model`.
    pub(crate) fn record_clipboard(&self, model: Option<&ModelId>, times: ClipboardTimes) {
        lock(&self.0).record_clipboard(model, times);
    }

    /// Counts one event.
    pub(crate) fn count(&self, counter: Counter) {
        lock(&self.0).count(counter);
    }

    /// Returns how often an event happened.
    pub(crate) fn get(&self, counter: Counter) -> u64 {
        lock(&self.0).get(counter)
    }

    /// Answers by source: `("model", 40)`.
    pub(crate) fn sources(&self) -> Vec<(&'static str, u64)> {
        lock(&self.0).sources().collect()
    }

    /// Everything in Prometheus' text format, with the given state of the models.
    pub(crate) fn to_text(&self, gauges: &Gauges) -> String {
        lock(&self.0).to_text(gauges)
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }
}
