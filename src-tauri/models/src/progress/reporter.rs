//! [`Reporter`]: sends the progress of one installation to its watcher.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::install_progress::{InstallProgress, InstallStep};
use super::speed_meter::SpeedMeter;
use crate::catalog::ModelId;
use crate::sync::lock;

/// The shortest time between two reports of one step.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// Sends the progress of one installation at every change of step, and at most ten times a second
/// in between. Clones report on the same installation.
#[derive(Debug, Clone)]
pub(crate) struct Reporter(Arc<Mutex<Reports>>);

#[derive(Debug)]
struct Reports {
    progress: InstallProgress,
    meter: SpeedMeter,
    last_sent: Instant,
    /// Whether `progress` has been sent.
    is_sent: bool,
    /// Sending fails once the receiver is dropped, which is ignored: a watcher may leave.
    sender: mpsc::UnboundedSender<InstallProgress>,
}

impl Reporter {
    /// A reporter of the installation of `id`, and where its reports arrive. `name` is shown.
    pub(crate) fn new(
        id: ModelId,
        name: String,
    ) -> (Self, mpsc::UnboundedReceiver<InstallProgress>) {
        let (sender, reports) = mpsc::unbounded_channel();
        let progress = InstallProgress::new(id, name, InstallStep::Checking, None);
        let _ = sender.send(progress.clone());
        let (meter, last_sent) = (SpeedMeter::default(), Instant::now());
        let reporter = Reports { progress, meter, last_sent, is_sent: true, sender };
        (Self(Arc::new(Mutex::new(reporter))), reports)
    }

    /// The current progress.
    pub(crate) fn progress(&self) -> InstallProgress {
        lock(&self.0).progress.clone()
    }

    /// Begins a step of `total_bytes`; `None` if that is not known.
    pub(crate) fn begin(&self, step: InstallStep, total_bytes: Option<u64>) {
        let mut reports = lock(&self.0);
        let InstallProgress { id, name, .. } = reports.progress.clone();
        reports.meter = SpeedMeter::default();
        reports.progress = InstallProgress::new(id, name, step, total_bytes);
        reports.send();
    }

    /// Begins the next file of the step.
    pub(crate) fn file(&self, file: &str) {
        lock(&self.0).progress.file = Some(file.to_owned());
    }

    /// Adds to the bytes of the step that are done.
    pub(crate) fn advance(&self, bytes: u64) {
        let mut reports = lock(&self.0);
        let done_bytes = reports.progress.done_bytes + bytes;
        reports.reach(done_bytes, Instant::now());
    }

    /// Sets the bytes of the step that are done, where some were done before: they do not count as
    /// speed.
    pub(crate) fn resume(&self, done_bytes: u64) {
        let mut reports = lock(&self.0);
        reports.meter = SpeedMeter::default();
        reports.reach(done_bytes, Instant::now());
    }

    /// Waits for `work`. If that takes long, sends what has not been sent yet.
    pub(crate) async fn while_waiting<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        match tokio::time::timeout(REPORT_EVERY, &mut work).await {
            Ok(done) => done,
            Err(_) => {
                lock(&self.0).flush();
                work.await
            }
        }
    }

    /// Says why nothing moves, until the next byte.
    pub(crate) fn note(&self, note: String) {
        let mut reports = lock(&self.0);
        reports.meter = SpeedMeter::default();
        reports.progress.note = Some(note);
        reports.progress.bytes_per_second = None;
        reports.progress.time_left = None;
        reports.send();
    }
}

impl Reports {
    fn reach(&mut self, done_bytes: u64, now: Instant) {
        self.meter.reach(done_bytes, now);
        self.progress.reach(done_bytes, self.meter.bytes_per_second());
        self.is_sent = false;
        if now.duration_since(self.last_sent) >= REPORT_EVERY {
            self.send();
        }
    }

    fn flush(&mut self) {
        if !self.is_sent {
            self.send();
        }
    }

    fn send(&mut self) {
        self.last_sent = Instant::now();
        self.is_sent = true;
        let _ = self.sender.send(self.progress.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(reports: &mut mpsc::UnboundedReceiver<InstallProgress>) -> Vec<InstallProgress> {
        std::iter::from_fn(|| reports.try_recv().ok()).collect()
    }

    #[test]
    fn every_step_is_reported_and_bytes_at_most_ten_times_a_second() {
        let (reporter, mut reports) = Reporter::new("m".into(), "M".to_owned());
        reporter.begin(InstallStep::Downloading, Some(1000));
        let start = Instant::now();
        for n in 1..=1000 {
            // A thousand advances within 90 ms.
            lock(&reporter.0).last_sent = start;
            let now = start + Duration::from_micros(n * 90);
            lock(&reporter.0).reach(n, now);
        }
        reporter.begin(InstallStep::Verifying, None);
        let steps: Vec<_> = taken(&mut reports).iter().map(|report| report.step.name()).collect();
        assert_eq!(steps, ["checking", "downloading", "verifying"], "90 ms are one report");
    }

    #[test]
    fn speed_and_time_left_are_measured_over_the_last_seconds() {
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
        assert_eq!(
            reports.progress.bytes_per_second, None,
            "fewer bytes than before begin a new measurement"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_progress_is_sent_while_nothing_moves() {
        let (reporter, mut reports) = Reporter::new("m".into(), "M".to_owned());
        reporter.begin(InstallStep::Downloading, Some(10));
        let sent = lock(&reporter.0).last_sent;
        lock(&reporter.0).reach(3, sent);
        assert_eq!(
            taken(&mut reports).pop().unwrap().done_bytes,
            0,
            "it is too early for a report"
        );
        let stalled = reporter.while_waiting(tokio::time::sleep(Duration::from_secs(60)));
        tokio::pin!(stalled);
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut stalled).await.is_err());
        assert_eq!(taken(&mut reports).pop().unwrap().done_bytes, 3, "while it stalls");
        stalled.await;
        assert!(taken(&mut reports).is_empty(), "nothing is sent twice");
    }

    #[test]
    fn a_note_stays_until_something_moves() {
        let (reporter, mut reports) = Reporter::new("m".into(), "M".to_owned());
        reporter.begin(InstallStep::Downloading, Some(10));
        reporter.note("connection lost".to_owned());
        let last = taken(&mut reports).pop().unwrap();
        assert_eq!(last.note.as_deref(), Some("connection lost"), "sent at once");
        reporter.advance(1);
        assert_eq!(reporter.progress().note, None);
    }
}
