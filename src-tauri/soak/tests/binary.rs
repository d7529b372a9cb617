//! The soak as a person runs it, in real time.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::process::Command;

/// Whether every answer came in time is not tested here: a busy machine must not fail a test. The soak
/// in paused time tests that.
#[test]
fn a_soak_answers_and_leaves_nothing_behind() {
    let mut soak = Command::new(env!("CARGO_BIN_EXE_pounce-soak"));
    let output = soak.args(["--minutes", "0.1", "--json"]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(
        report["n_requests"].as_u64().unwrap() > 0,
        "the clients asked for something: {report}"
    );
    assert_eq!(report["n_tasks_left"], 0, "every task has ended: {report}");
}
