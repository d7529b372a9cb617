//! [`SoakReport`]: how a soak went.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::load::Tally;
use crate::metrics::Counter;
use crate::service::CompletionService;

/// An answer may come this long after its maximum: a decode step, and a busy machine's scheduler.
const MAX_OVERRUN: Duration = Duration::from_millis(50);
/// Growth of the peak from the first half to the second that is still called flat.
const FLAT_GROWTH: f64 = 1.10;
/// And this much on top, for allocators and histograms.
const FLAT_SLACK: u64 = 16 << 20;

/// How a soak went. Times are in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SoakReport {
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Requests that were answered.
    pub n_requests: u64,
    /// By who answered: model, cache, copy, brackets, none.
    pub answers: BTreeMap<&'static str, u64>,
    /// Half of the answers came within.
    pub p50_ms: f64,
    /// 95 of 100.
    pub p95_ms: f64,
    /// 99 of 100.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// The most by which an answer came after its maximum.
    pub worst_overrun_ms: f64,
    /// Everything that is counted, by name.
    pub counters: BTreeMap<&'static str, u64>,
    /// The process's peak in the first half.
    pub first_half_peak_bytes: u64,
    /// And in the second.
    pub second_half_peak_bytes: u64,
    /// Threads that did not come back at the end.
    pub n_threads_lost: usize,
    /// Tasks that were still there at the end.
    pub n_tasks_left: usize,
}

impl SoakReport {
    /// Whether every answer came in time, memory is flat and nothing is left over.
    pub fn is_ok(&self) -> bool {
        self.is_in_time() && self.is_flat() && self.n_threads_lost == 0 && self.n_tasks_left == 0
    }

    fn is_in_time(&self) -> bool {
        self.worst_overrun_ms <= millis(MAX_OVERRUN)
    }

    fn is_flat(&self) -> bool {
        let allowed = (self.first_half_peak_bytes as f64 * FLAT_GROWTH) as u64 + FLAT_SLACK;
        self.second_half_peak_bytes <= allowed
    }

    pub(super) fn note_memory(&mut self, elapsed: Duration, whole: Duration, process_bytes: u64) {
        let is_first_half = elapsed < whole / 2;
        let peak = if is_first_half {
            &mut self.first_half_peak_bytes
        } else {
            &mut self.second_half_peak_bytes
        };
        *peak = process_bytes.max(*peak);
    }

    pub(super) fn fill(&mut self, service: &CompletionService, tally: &Tally, took: Duration) {
        let counts = tally.counts();
        let at = |quantile| counts.elapsed.value_at_quantile(quantile) as f64 / 1e3;
        self.seconds = took.as_secs_f64();
        self.n_requests = counts.n_requests;
        (self.p50_ms, self.p95_ms, self.p99_ms) = (at(0.5), at(0.95), at(0.99));
        self.max_ms = counts.elapsed.max() as f64 / 1e3;
        self.worst_overrun_ms = millis(counts.worst_overrun);
        self.counters = Counter::ALL
            .iter()
            .map(|counter| (counter.about().0, service.count(*counter)))
            .collect();
        self.answers = service.sources().into_iter().collect();
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl fmt::Display for SoakReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = |is_ok: bool| if is_ok { "ok" } else { "FAILED" };
        let mb = |bytes: u64| bytes >> 20;
        writeln!(f, "{} requests in {:.0} s", self.n_requests, self.seconds)?;
        writeln!(f, "answers: {}", list(&self.answers))?;
        writeln!(f, "counted: {}", list(&self.counters))?;
        writeln!(
            f,
            "time: p50 {:.1} ms, p95 {:.1}, p99 {:.1}, max {:.1}",
            self.p50_ms, self.p95_ms, self.p99_ms, self.max_ms
        )?;
        writeln!(
            f,
            "{}: the latest answer came {:.1} ms after its maximum",
            mark(self.is_in_time()),
            self.worst_overrun_ms
        )?;
        let (first, second) = (mb(self.first_half_peak_bytes), mb(self.second_half_peak_bytes));
        writeln!(
            f,
            "{}: memory peaked at {first} MB in the first half, {second} MB in the second",
            mark(self.is_flat())
        )?;
        let (threads, tasks) = (self.n_threads_lost, self.n_tasks_left);
        write!(f, "{}: {threads} threads and {tasks} tasks left over", mark(threads + tasks == 0))
    }
}

fn list(counts: &BTreeMap<&str, u64>) -> String {
    let named: Vec<String> = counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    named.join(", ")
}
