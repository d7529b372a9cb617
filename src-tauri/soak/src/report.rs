//! [`SoakReport`]: how a soak went.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use pounce_service::units::ms;
use pounce_service::{CompletionService, Counter};
use serde::Serialize;

use crate::tally::Tally;

/// An answer may come this long after its maximum: a decode step, and a busy machine's scheduler.
const MAX_OVERRUN: Duration = Duration::from_millis(50);
/// Growth of the peak from the first half to the second that is still called flat.
const FLAT_GROWTH: f64 = 1.10;
/// Bytes of growth allowed on top, for allocators and histograms.
const FLAT_SLACK: u64 = 16 << 20;

/// How a soak went. Times are in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SoakReport {
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Requests that were answered.
    pub n_requests: u64,
    /// Answers by source: model, cache, copy, brackets, none.
    pub answers: BTreeMap<&'static str, u64>,
    /// Half of the answers came within this time.
    pub p50_ms: f64,
    /// 95 of 100 answers came within this time.
    pub p95_ms: f64,
    /// 99 of 100 answers came within this time.
    pub p99_ms: f64,
    /// Time of the slowest answer.
    pub max_ms: f64,
    /// The most by which an answer came after its maximum.
    pub worst_overrun_ms: f64,
    /// All counters of the service, by name.
    pub counters: BTreeMap<&'static str, u64>,
    /// Peak memory of the process in the first half of the soak.
    pub first_half_peak_bytes: u64,
    /// Peak memory of the process in the second half.
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
        self.worst_overrun_ms <= ms(MAX_OVERRUN)
    }

    fn is_flat(&self) -> bool {
        let allowed = (self.first_half_peak_bytes as f64 * FLAT_GROWTH) as u64 + FLAT_SLACK;
        self.second_half_peak_bytes <= allowed
    }

    pub(crate) fn note_memory(&mut self, elapsed: Duration, whole: Duration, process_bytes: u64) {
        let is_first_half = elapsed < whole / 2;
        let peak = if is_first_half {
            &mut self.first_half_peak_bytes
        } else {
            &mut self.second_half_peak_bytes
        };
        *peak = process_bytes.max(*peak);
    }

    pub(crate) fn fill(&mut self, service: &CompletionService, tally: &Tally, took: Duration) {
        let counts = tally.counts();
        let at = |quantile| ms(counts.elapsed.quantile(quantile));
        self.seconds = took.as_secs_f64();
        self.n_requests = counts.n_requests;
        (self.p50_ms, self.p95_ms, self.p99_ms) = (at(0.5), at(0.95), at(0.99));
        self.max_ms = ms(counts.elapsed.max());
        self.worst_overrun_ms = ms(counts.worst_overrun);
        self.counters = Counter::ALL
            .iter()
            .map(|(counter, name, _)| (*name, service.count(*counter)))
            .collect();
        self.answers = service.sources().into_iter().collect();
    }
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
