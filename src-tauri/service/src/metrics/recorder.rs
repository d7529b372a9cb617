//! [`Metrics`]: what happened, in numbers. The last requests one by one, percentiles by model and
//! stage over all of them, and counters. Never any text of a request.

mod counter;
mod prometheus;
mod record;
mod stage;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use hdrhistogram::Histogram;

pub use counter::Counter;
pub use prometheus::Gauges;
pub use record::{ClipboardTimes, RequestRecord};
pub use stage::{Stage, StageStats};

use crate::catalog::ModelId;

/// Requests that are remembered one by one.
const RING_CAPACITY: usize = 1_000;
/// Times above this are counted as this, in microseconds: a minute.
const MAX_MICROS: u64 = 60_000_000;
/// Significant digits of a recorded time: percentiles are right to 1 %.
const DIGITS: u8 = 2;

/// What happened since the program started, or since [`clear`](Metrics::clear).
#[derive(Debug, Default)]
pub struct Metrics {
    ring: VecDeque<RequestRecord>,
    /// Microseconds by model (`None`: no model ran) and stage.
    times: BTreeMap<(Option<ModelId>, Stage), Histogram<u64>>,
    counts: BTreeMap<Counter, u64>,
    /// Answers by the name of their source.
    sources: BTreeMap<&'static str, u64>,
}

impl Metrics {
    /// Nothing happened yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes an answered request.
    pub fn record(&mut self, record: RequestRecord) {
        self.count_request(&record);
        for stage in Stage::ALL {
            let time = stage.of(&record);
            if stage == Stage::Total || !time.is_zero() {
                self.note_time(record.source.model().cloned(), stage, time);
            }
        }
        if self.ring.len() == RING_CAPACITY {
            self.ring.pop_front();
        }
        self.ring.push_back(record);
    }

    /// Notes the clipboard's part of an answered request, whose caller knows it later; nothing, if
    /// the request is no longer remembered.
    pub fn note_clipboard(&mut self, id: u64, times: ClipboardTimes) {
        let Some(record) = self.ring.iter_mut().rev().find(|record| record.id == id) else {
            return;
        };
        record.clipboard = times;
        let model = record.source.model().cloned();
        let stages = [(Stage::ClipboardRead, times.read), (Stage::ClipboardWrite, times.write)];
        for (stage, time) in stages.into_iter().filter(|(_, time)| !time.is_zero()) {
            self.note_time(model.clone(), stage, time);
        }
    }

    /// Counts one event.
    pub fn count(&mut self, counter: Counter) {
        *self.counts.entry(counter).or_default() += 1;
    }

    /// How often it happened.
    pub fn get(&self, counter: Counter) -> u64 {
        self.counts.get(&counter).copied().unwrap_or(0)
    }

    /// The last requests, the oldest first.
    pub fn recent(&self) -> impl Iterator<Item = &RequestRecord> {
        self.ring.iter()
    }

    /// Percentiles of every model and stage that ran.
    pub fn stages(&self) -> Vec<StageStats> {
        let stats = |((model, stage), times): (&(Option<ModelId>, Stage), &Histogram<u64>)| {
            StageStats::new(model.clone(), *stage, times)
        };
        self.times.iter().map(stats).collect()
    }

    /// Answers by source: `("model", 40)`.
    pub fn sources(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.sources.iter().map(|(source, count)| (*source, *count))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Everything in Prometheus' text format, with the given state of the models.
    pub fn to_text(&self, gauges: &Gauges) -> String {
        prometheus::text(self, gauges)
    }

    fn count_request(&mut self, record: &RequestRecord) {
        self.count(Counter::Requests);
        *self.sources.entry(record.source.name()).or_default() += 1;
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

    fn note_time(&mut self, model: Option<ModelId>, stage: Stage, time: Duration) {
        let times = self.times.entry((model, stage)).or_insert_with(new_histogram);
        let micros = u64::try_from(time.as_micros()).unwrap_or(MAX_MICROS);
        times.saturating_record(micros.clamp(1, MAX_MICROS));
    }
}

fn new_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, MAX_MICROS, DIGITS)
        .expect("the bounds are constants that hdrhistogram accepts")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion::{Completion, CompletionSource};
    use pounce_engine::StageTimings;

    fn record(model: Option<&str>, elapsed_ms: u64) -> RequestRecord {
        let source = model.map_or(CompletionSource::None, |id| CompletionSource::Model(id.into()));
        let timings = StageTimings {
            decode: Duration::from_millis(elapsed_ms / 2),
            ..StageTimings::default()
        };
        let elapsed = Duration::from_millis(elapsed_ms);
        let completion = Completion { source, timings, elapsed, ..Completion::empty(vec![]) };
        RequestRecord { met_target: elapsed_ms <= 100, ..RequestRecord::of(&completion) }
    }

    #[test]
    fn the_ring_keeps_the_last_thousand() {
        let mut metrics = Metrics::new();
        for elapsed_ms in 0..1_500 {
            metrics.record(record(None, elapsed_ms));
        }
        assert_eq!(metrics.recent().count(), 1_000, "memory is bounded");
        let oldest = metrics.recent().next().unwrap().elapsed;
        assert_eq!(oldest, Duration::from_millis(500), "the oldest left first");
        assert_eq!(metrics.get(Counter::Requests), 1_500, "counters see all");
        assert_eq!(metrics.get(Counter::TargetMissed), 1_399, "those above 100 ms");
    }

    #[test]
    fn percentiles_are_kept_by_model_and_stage() {
        let mut metrics = Metrics::new();
        for elapsed_ms in 1..=100 {
            metrics.record(record(Some("a"), elapsed_ms));
            metrics.record(record(Some("b"), 1_000));
        }
        let stages = metrics.stages();
        let of = |model: &str, stage| {
            let found = stages.iter().find(|s| s.model == Some(model.into()) && s.stage == stage);
            found.map(|stats| (stats.count, stats.p50.as_millis(), stats.p99.as_millis()))
        };
        assert_eq!(of("a", Stage::Total), Some((100, 50, 99)));
        assert_eq!(of("a", Stage::Encode), None, "a stage that never ran has no percentiles");
        assert_eq!(of("b", Stage::Decode).map(|(count, ..)| count), Some(100));
    }

    #[test]
    fn the_clipboard_is_a_stage_of_the_request_that_used_it() {
        let mut metrics = Metrics::new();
        for id in 1..=2 {
            metrics.record(RequestRecord { id, ..record(Some("a"), 20) });
        }
        let ms = Duration::from_millis;
        metrics.note_clipboard(1, ClipboardTimes { read: ms(3), write: Duration::ZERO });
        metrics.note_clipboard(9, ClipboardTimes { read: ms(5), write: ms(5) });
        let stages = metrics.stages();
        let count = |stage| stages.iter().find(|s| s.stage == stage).map(|stats| stats.count);
        assert_eq!(count(Stage::ClipboardRead), Some(1), "of a known request");
        assert_eq!(count(Stage::ClipboardWrite), None, "what did not happen has no time");
        let noted: Vec<_> = metrics.recent().map(|record| record.clipboard.read).collect();
        assert_eq!(noted, [ms(3), Duration::ZERO], "beside the request that it belongs to");
    }

    #[test]
    fn the_dump_is_prometheus_text() {
        let mut metrics = Metrics::new();
        metrics.record(record(Some("a\"b"), 20));
        metrics.count(Counter::CacheHits);
        let gauges = Gauges {
            budget_bytes: 1_000,
            resident_bytes: vec![("a\"b".into(), 700)],
            breakers: vec![("a\"b".into(), "open")],
        };
        let text = metrics.to_text(&gauges);
        for line in [
            "pounce_requests_total 1",
            "pounce_answers_total{source=\"model\"} 1",
            "pounce_cache_hits_total 1",
            "pounce_stuck_runs_total 0",
            "pounce_memory_budget_bytes 1000",
            "pounce_model_resident_bytes{model=\"a\\\"b\"} 700",
            "pounce_breaker_state{model=\"a\\\"b\",state=\"open\"} 1",
            "pounce_stage_seconds_count{model=\"a\\\"b\",stage=\"total\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} should be in\n{text}");
        }
        assert!(
            text.lines().all(|line| line.starts_with('#') || line.starts_with("pounce_")),
            "{text}"
        );
    }

    #[test]
    fn clearing_forgets() {
        let mut metrics = Metrics::new();
        metrics.record(record(None, 1));
        metrics.clear();
        assert_eq!((metrics.recent().count(), metrics.get(Counter::Requests)), (0, 0));
    }
}
