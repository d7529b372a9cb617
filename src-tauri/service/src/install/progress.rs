//! [`InstallProgress`]: how far an installation is, and [`Reporter`], which tells it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pounce_convert::{Progress, Step};
use tokio::sync::mpsc;

use super::cancellation::Cancellation;
use crate::catalog::ModelId;
use crate::sync::lock;

/// Between two reports of one step.
const REPORT_EVERY: Duration = Duration::from_millis(100);
/// Speed is that of the last so long: long enough to be calm, short enough to follow the network.
const SPEED_WINDOW: Duration = Duration::from_secs(5);

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstallStep {
    /// Whether it can be installed: names, sizes, room on the disk.
    Checking,
    /// Files are fetched.
    Downloading,
    /// Checksums are compared.
    Verifying,
    /// Graphs and weights are written.
    Converting,
    /// It is loaded and its speed is measured.
    Calibrating,
    /// It gets its place.
    Finishing,
}

impl InstallStep {
    /// The word used on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Downloading => "downloading",
            Self::Verifying => "verifying",
            Self::Converting => "converting",
            Self::Calibrating => "calibrating",
            Self::Finishing => "finishing",
        }
    }
}

/// How far an installation is. Bytes are those of the step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallProgress {
    /// What is being installed.
    pub id: ModelId,
    /// What people call it.
    pub name: String,
    /// What is being done.
    pub step: InstallStep,
    /// So far.
    pub done_bytes: u64,
    /// Of so many; `None` if that is not known.
    pub total_bytes: Option<u64>,
    /// Over the last seconds; `None` before anything has moved.
    pub bytes_per_second: Option<u64>,
    /// Of this step, at that speed.
    pub time_left: Option<Duration>,
    /// The file that is being worked on.
    pub file: Option<String>,
    /// What a person may want to know: why nothing moves.
    pub note: Option<String>,
}

/// Tells the progress of one installation, at most ten times a second and at every change of step.
/// Clones tell of the same one.
#[derive(Debug, Clone)]
pub(crate) struct Reporter(Arc<Mutex<Reports>>);

#[derive(Debug)]
struct Reports {
    progress: InstallProgress,
    meter: Meter,
    last_sent: Instant,
    /// Whether `progress` is what was sent last.
    is_told: bool,
    /// Nobody listening is fine.
    sender: mpsc::UnboundedSender<InstallProgress>,
}

impl Reporter {
    pub(crate) fn new(
        id: ModelId,
        name: String,
    ) -> (Self, mpsc::UnboundedReceiver<InstallProgress>) {
        let (sender, reports) = mpsc::unbounded_channel();
        let progress = InstallProgress {
            id,
            name,
            step: InstallStep::Checking,
            done_bytes: 0,
            total_bytes: None,
            bytes_per_second: None,
            time_left: None,
            file: None,
            note: None,
        };
        let _ = sender.send(progress.clone());
        let (meter, last_sent) = (Meter::default(), Instant::now());
        let reporter = Reports { progress, meter, last_sent, is_told: true, sender };
        (Self(Arc::new(Mutex::new(reporter))), reports)
    }

    /// The state of affairs.
    pub(crate) fn progress(&self) -> InstallProgress {
        lock(&self.0).progress.clone()
    }

    /// A step begins, of so many bytes.
    pub(crate) fn begin(&self, step: InstallStep, total_bytes: Option<u64>) {
        let mut reports = lock(&self.0);
        let InstallProgress { id, name, .. } = reports.progress.clone();
        reports.meter = Meter::default();
        reports.progress = InstallProgress {
            id,
            name,
            step,
            done_bytes: 0,
            total_bytes,
            bytes_per_second: None,
            time_left: None,
            file: None,
            note: None,
        };
        reports.send();
    }

    /// The next file of this step.
    pub(crate) fn file(&self, file: &str) {
        lock(&self.0).progress.file = Some(file.to_owned());
    }

    /// So many more bytes of the step are done.
    pub(crate) fn advance(&self, bytes: u64) {
        let mut reports = lock(&self.0);
        let done_bytes = reports.progress.done_bytes + bytes;
        reports.reach(done_bytes, Instant::now());
    }

    /// Waits for something; if that takes long, tells what has not been told yet.
    pub(crate) async fn while_waiting<T>(&self, end: impl Future<Output = T>) -> T {
        let mut end = std::pin::pin!(end);
        match tokio::time::timeout(REPORT_EVERY, &mut end).await {
            Ok(end) => end,
            Err(_) => {
                lock(&self.0).flush();
                end.await
            }
        }
    }

    /// So many bytes of the step were done before: they say nothing of the speed.
    pub(crate) fn resume(&self, done_bytes: u64) {
        let mut reports = lock(&self.0);
        reports.meter = Meter::default();
        reports.reach(done_bytes, Instant::now());
    }

    /// Why nothing moves; gone with the next byte.
    pub(crate) fn note(&self, note: String) {
        let mut reports = lock(&self.0);
        reports.meter = Meter::default();
        reports.progress.note = Some(note);
        reports.progress.bytes_per_second = None;
        reports.progress.time_left = None;
        reports.send();
    }
}

impl Reports {
    fn reach(&mut self, done_bytes: u64, now: Instant) {
        self.meter.reach(done_bytes, now);
        let progress = &mut self.progress;
        progress.done_bytes = done_bytes;
        progress.note = None;
        progress.bytes_per_second = self.meter.bytes_per_second();
        progress.time_left = time_left(progress);
        self.is_told = false;
        if now.duration_since(self.last_sent) >= REPORT_EVERY {
            self.send();
        }
    }

    fn flush(&mut self) {
        if !self.is_told {
            self.send();
        }
    }

    fn send(&mut self) {
        self.last_sent = Instant::now();
        self.is_told = true;
        let _ = self.sender.send(self.progress.clone());
    }
}

fn time_left(progress: &InstallProgress) -> Option<Duration> {
    let left = progress.total_bytes?.saturating_sub(progress.done_bytes);
    let speed = progress.bytes_per_second.filter(|speed| *speed > 0)?;
    Some(Duration::from_secs_f64(left as f64 / speed as f64))
}

/// Bytes a second over the last while.
#[derive(Debug, Default)]
struct Meter(VecDeque<(Instant, u64)>);

impl Meter {
    fn reach(&mut self, bytes: u64, now: Instant) {
        if self.0.back().is_some_and(|(_, before)| *before > bytes) {
            self.0.clear();
        }
        self.0.push_back((now, bytes));
        // The last one outside of the window stays: it is what the window begins with.
        while self.0.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= SPEED_WINDOW) {
            self.0.pop_front();
        }
    }

    fn bytes_per_second(&self) -> Option<u64> {
        let ((begin, before), (end, after)) = (self.0.front()?, self.0.back()?);
        let took = end.duration_since(*begin).as_secs_f64();
        (took > 0.0).then(|| ((after - before) as f64 / took) as u64)
    }
}

/// Tells a conversion's progress.
pub(crate) struct Conversion {
    pub(crate) reporter: Reporter,
    pub(crate) cancellation: Cancellation,
}

impl Progress for Conversion {
    fn begin(&mut self, _: Step, _: u64) {}

    fn advance(&mut self, bytes: u64) {
        self.reporter.advance(bytes);
    }

    fn is_cancelled(&self) -> bool {
        self.cancellation.is_asked()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(reports: &mut mpsc::UnboundedReceiver<InstallProgress>) -> Vec<InstallProgress> {
        std::iter::from_fn(|| reports.try_recv().ok()).collect()
    }

    #[test]
    fn every_step_is_told_and_bytes_only_now_and_then() {
        let (reporter, mut reports) = Reporter::new("m".into(), "M".to_owned());
        reporter.begin(InstallStep::Downloading, Some(1000));
        let start = Instant::now();
        for n in 1..=1000 {
            // A thousand reports within half a second.
            lock(&reporter.0).last_sent = start;
            let now = start + Duration::from_micros(n * 90);
            lock(&reporter.0).reach(n, now);
        }
        reporter.begin(InstallStep::Verifying, None);
        let steps: Vec<_> = taken(&mut reports).iter().map(|report| report.step.name()).collect();
        assert_eq!(steps, ["checking", "downloading", "verifying"], "90 ms are one report");
    }

    #[test]
    fn speed_and_time_left_are_those_of_the_last_seconds() {
        let (reporter, _reports) = Reporter::new("m".into(), "M".to_owned());
        reporter.begin(InstallStep::Downloading, Some(10_000));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut reports = lock(&reporter.0);
        for (second, done) in [(0, 0), (1, 100), (60, 4000), (63, 5500), (65, 6500)] {
            reports.reach(done, at(second));
        }
        assert_eq!(reports.progress.bytes_per_second, Some(500), "of the last five seconds");
        assert_eq!(reports.progress.time_left, Some(Duration::from_secs(7)), "3500 bytes to go");
        reports.reach(0, at(66));
        assert_eq!(reports.progress.bytes_per_second, None, "begun anew, nothing has moved yet");
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_last_is_told_when_nothing_more_comes() {
        let (reporter, mut reports) = Reporter::new("m".into(), "M".to_owned());
        reporter.begin(InstallStep::Downloading, Some(10));
        let told = lock(&reporter.0).last_sent;
        lock(&reporter.0).reach(3, told);
        assert_eq!(taken(&mut reports).pop().unwrap().done_bytes, 0, "it is too early");
        let stalled = reporter.while_waiting(tokio::time::sleep(Duration::from_secs(60)));
        tokio::pin!(stalled);
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut stalled).await.is_err());
        assert_eq!(taken(&mut reports).pop().unwrap().done_bytes, 3, "while it stalls");
        stalled.await;
        assert!(taken(&mut reports).is_empty(), "nothing is told twice");
    }

    #[test]
    fn a_note_stays_until_something_moves() {
        let (reporter, mut reports) = Reporter::new("m".into(), "M".to_owned());
        reporter.begin(InstallStep::Downloading, Some(10));
        reporter.note("connection lost".to_owned());
        let last = taken(&mut reports).pop().unwrap();
        assert_eq!(last.note.as_deref(), Some("connection lost"), "told at once");
        reporter.advance(1);
        assert_eq!(reporter.progress().note, None);
    }
}
