//! Ten minutes of soak in paused time.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::time::Duration;

use pounce_service::{Host, Paths};
use pounce_soak::{SoakOptions, run};

#[tokio::test(start_paused = true)]
async fn ten_minutes_of_everything_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let duration = Duration::from_secs(600);
    let options =
        SoakOptions { host: Host::Tasks, ..SoakOptions::new(duration, Paths::under(dir.path())) };
    let mut n_reports = 0;
    let report = run(options, &mut |_| n_reports += 1).await;
    println!("{report}");
    assert!(n_reports >= 600, "progress is told every second");
    assert!(report.n_requests > 5_000, "the clients were busy: {report}");
    for fault in
        ["engine_errors", "crashes", "stuck_runs", "load_failures", "evictions", "breaker_opened"]
    {
        assert!(report.counters[fault] > 0, "{fault} should have happened: {report}");
    }
    assert_eq!(report.worst_overrun_ms, 0.0, "in paused time no answer is late at all: {report}");
    assert!(report.is_ok(), "{report}");
}
