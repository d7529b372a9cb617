//! [`BenchProcess`]: runs `pounce bench` as a process, to time a model with one thread count.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pounce_service::{InstalledModel, ThreadTimer};
use serde::Deserialize;
use tokio::process::Command;

use crate::percentiles::Percentiles;

/// A typical completion: a line of code after a screenful.
const SAMPLE: [&str; 6] = ["--contexts", "256", "--tokens", "10", "--repetitions", "7"];

/// Times a model by running `pounce bench` with one thread count, because the size of ONNX
/// Runtime's thread pool is fixed for the life of a process. Dropping the future kills the process.
#[derive(Debug, Clone)]
pub struct BenchProcess {
    program: PathBuf,
}

impl BenchProcess {
    /// The running program, by its path.
    ///
    /// # Errors
    /// The system's error if it does not know the path.
    pub fn of_this_program() -> io::Result<Self> {
        Ok(Self { program: std::env::current_exe()? })
    }

    async fn run(&self, model: &InstalledModel, threads: usize) -> Result<Duration, String> {
        let mut command = Command::new(&self.program);
        command.args(arguments(model, threads)).stdin(Stdio::null()).kill_on_drop(true);
        let output = command.output().await.map_err(|error| error.to_string())?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            return Err(message.lines().last().unwrap_or("it failed").to_owned());
        }
        median(&output.stdout)
    }
}

impl ThreadTimer for BenchProcess {
    fn time<'a>(
        &'a self,
        model: &'a InstalledModel,
        threads: usize,
    ) -> BoxFuture<'a, Result<Duration, String>> {
        self.run(model, threads).boxed()
    }
}

fn arguments(model: &InstalledModel, threads: usize) -> Vec<OsString> {
    let threads = threads.to_string();
    let first = ["bench", "--json", "--threads", &threads, "--model"].map(OsString::from);
    let sample = SAMPLE.map(OsString::from);
    first.into_iter().chain([model.dir.clone().into_os_string()]).chain(sample).collect()
}

/// The part of [`Report`](super::Report) that is read here.
#[derive(Deserialize)]
struct Timed {
    rows: Vec<TimedRow>,
}

#[derive(Deserialize)]
struct TimedRow {
    total: Percentiles,
}

fn median(report: &[u8]) -> Result<Duration, String> {
    let report: Timed = serde_json::from_slice(report).map_err(|error| error.to_string())?;
    let row = report.rows.first().ok_or("its report has no rows")?;
    Duration::try_from_secs_f64(row.total.p50_ms / 1e3).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pounce_service::engines::fake::{FakeLoader, FakeModel};

    #[test]
    fn a_report_s_median_is_taken_and_anything_else_is_an_error() {
        let report = br#"{"model": "m", "rows": [{"context_tokens": 256, "total": {"p50_ms": 57.5, "p95_ms": 60}}]}"#;
        assert_eq!(median(report), Ok(Duration::from_micros(57_500)));
        for wrong in ["", "{}", r#"{"rows": []}"#, r#"{"rows": [{"total": {"p50_ms": -1}}]}"#] {
            let message = median(wrong.as_bytes()).unwrap_err();
            assert_eq!(message.lines().count(), 1, "a line for the log: {message}");
        }
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_an_error_and_no_panic() {
        let registry = FakeLoader::new([("m", FakeModel::default())]).registry();
        let model = registry.get(&"m".into()).unwrap();
        let gone = BenchProcess { program: "/nowhere/pounce".into() };
        assert!(gone.run(model, 2).await.is_err(), "an update may have replaced the program");
    }
}
