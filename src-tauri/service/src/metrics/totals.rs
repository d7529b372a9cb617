//! [`Metrics`]: counters, and the times of each stage by model.

use std::collections::BTreeMap;
use std::time::Duration;

use super::filter_outcome::FilterOutcome;
use super::record::{ClipboardTimes, RequestRecord};
use super::stage::Stage;
use super::{Counter, TimeHistogram};
use crate::request::RequestOrigin;
use pounce_models::catalog::ModelId;

/// What happened since the program started, or since [`clear`](Metrics::clear).
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// By model (`None`: no model ran) and stage.
    times: BTreeMap<(Option<ModelId>, Stage), TimeHistogram>,
    counts: BTreeMap<Counter, u64>,
    /// Answers by the name of their source.
    sources: BTreeMap<&'static str, u64>,
    /// Requests by where they came from.
    origins: BTreeMap<RequestOrigin, u64>,
    /// Answers that a filter met, by its name and what it did to them.
    filters: BTreeMap<(&'static str, FilterOutcome), u64>,
}

impl Metrics {
    /// Adds an answered request.
    pub(crate) fn record(&mut self, record: &RequestRecord) {
        self.count_request(record);
        self.count_filters(&record.applied, FilterOutcome::Changed);
        self.count_filters(&record.rejected, FilterOutcome::Rejected);
        for (stage, time) in Stage::times_of(record) {
            if stage == Stage::Total || !time.is_zero() {
                self.record_time(record.source.model(), stage, time);
            }
        }
    }

    /// Adds the clipboard's part of a request that `model` answered; a time of zero is no time.
    pub(crate) fn record_clipboard(&mut self, model: Option<&ModelId>, times: ClipboardTimes) {
        let stages = [(Stage::ClipboardRead, times.read), (Stage::ClipboardWrite, times.write)];
        for (stage, time) in stages.into_iter().filter(|(_, time)| !time.is_zero()) {
            self.record_time(model, stage, time);
        }
    }

    /// Counts one event.
    pub(crate) fn count(&mut self, counter: Counter) {
        *self.counts.entry(counter).or_default() += 1;
    }

    /// Returns how often an event happened.
    pub(crate) fn get(&self, counter: Counter) -> u64 {
        self.counts.get(&counter).copied().unwrap_or(0)
    }

    /// The times of every model and stage that ran.
    pub(crate) fn stages(&self) -> impl Iterator<Item = (Option<&ModelId>, Stage, &TimeHistogram)> {
        self.times.iter().map(|((model, stage), times)| (model.as_ref(), *stage, times))
    }

    /// Answers by source: `("model", 40)`.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.sources.iter().map(|(source, count)| (*source, *count))
    }

    /// Requests by where they came from.
    pub(crate) fn origins(&self) -> impl Iterator<Item = (RequestOrigin, u64)> {
        self.origins.iter().map(|(origin, count)| (*origin, *count))
    }

    /// Answers by filter and what it did to them: `("rest-of-line", Changed, 12)`.
    pub(crate) fn filters(&self) -> impl Iterator<Item = (&'static str, FilterOutcome, u64)> {
        self.filters.iter().map(|((filter, outcome), count)| (*filter, *outcome, *count))
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn count_request(&mut self, record: &RequestRecord) {
        self.count(Counter::Requests);
        *self.sources.entry(record.source.name()).or_default() += 1;
        *self.origins.entry(record.origin).or_default() += 1;
        let flags = [
            (record.is_cancelled, Counter::Cancelled),
            (record.is_refused, Counter::Refused),
            (record.is_partial, Counter::Partial),
            (!record.met_target && !record.is_cancelled, Counter::TargetMissed),
            (record.missed_deadline, Counter::DeadlineMissed),
        ];
        for (_, counter) in flags.into_iter().filter(|(is_set, _)| *is_set) {
            self.count(counter);
        }
    }

    fn count_filters(&mut self, filters: &[&'static str], outcome: FilterOutcome) {
        for filter in filters {
            *self.filters.entry((*filter, outcome)).or_default() += 1;
        }
    }

    fn record_time(&mut self, model: Option<&ModelId>, stage: Stage, time: Duration) {
        self.times.entry((model.cloned(), stage)).or_default().record(time);
    }
}

#[cfg(test)]
mod tests;
