//! Measures which installed models meet the target on this machine, by the median time of a few completions, and with how
//! many threads each is fastest, for the next start.
//!
//! Runs once after the first start, and when the user asks. The result is kept in the data folder.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use pounce_cli::BenchProcess;
use pounce_engine::{Mode, Segments};
use pounce_service::{
    ClientId, Completion, CompletionRequest, CompletionService, CompletionSource, Deadline,
    ModelId, ModelStatus, Paths, TimeLimits,
};

use crate::windows::wire::units::{ms, unix_ms};
use crate::windows::wire::{Calibration, CalibrationRow};

/// Limits that cut no model off, so that its own time is measured.
const LIMITS: TimeLimits =
    TimeLimits { target: Duration::from_secs(10), maximum: Duration::from_secs(20) };

/// The samples, each completed by one line.
const SNIPPETS: [&str; 5] = [
    "def mean(values):\n    \"\"\"The arithmetic mean of a non-empty list.\"\"\"\n    total = 0.0\n    for value in values:\n        total += value\n    return ",
    "fn is_leap(year: u32) -> bool {\n    let by_four = year % 4 == 0;\n    let by_century = year % 100 == 0;\n    let by_era = ",
    "class Stack {\n  constructor() {\n    this.items = [];\n  }\n\n  push(item) {\n    this.items.push(item);\n  }\n\n  pop() {\n    return ",
    "package geometry\n\ntype Point struct {\n\tX, Y float64\n}\n\nfunc (p Point) Add(q Point) Point {\n\treturn ",
    "interface User {\n  id: number;\n  name: string;\n}\n\nexport function byName(users: User[], name: string): User | undefined {\n  return ",
];

/// Where the result is kept.
pub(crate) fn file(paths: &Paths) -> PathBuf {
    paths.data.join("calibration.json")
}

/// The kept result; an empty one if there is none or it cannot be read.
pub(crate) fn read(file: &Path) -> Calibration {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Measures every model of this machine and keeps the result in `file`.
pub(crate) async fn run(service: &CompletionService, file: &Path) -> Calibration {
    let mut rows = Vec::new();
    let is_here = |model: &ModelStatus| model.remote.is_none();
    for model in service.status().models.into_iter().filter(is_here) {
        rows.push(measure(service, &model.id).await);
    }
    let calibration = Calibration { at_ms: Some(unix_ms(SystemTime::now())), rows };
    let calibration = judged(calibration, service.settings().time_limits().target);
    if let Err(error) = keep(file, &calibration) {
        tracing::warn!(file = %file.display(), %error, "the calibration is not kept");
    }
    for model in service.status().models.into_iter().filter(is_here) {
        choose_threads(service, &model.id).await;
    }
    calibration
}

/// `calibration` with every model compared to `target`, which may have changed since.
pub(crate) fn judged(mut calibration: Calibration, target: Duration) -> Calibration {
    for row in &mut calibration.rows {
        row.meets_target = row.total_ms.is_some_and(|total| total <= ms(target));
    }
    calibration
}

async fn measure(service: &CompletionService, model: &ModelId) -> CalibrationRow {
    let (total_ms, error) = match median(service, model).await {
        Ok(median) => (Some(ms(median)), None),
        Err(error) => (None, Some(error)),
    };
    CalibrationRow { model: model.to_string(), total_ms, meets_target: false, error }
}

/// Makes the next start use the number of threads that is fastest for this model, if the user leaves the choice to the app.
async fn choose_threads(service: &CompletionService, model: &ModelId) {
    if service.settings().models.threads != 0 {
        return;
    }
    match BenchProcess::of_this_program() {
        Ok(trial) => drop(service.choose_threads(model, &trial).await),
        Err(error) => tracing::info!(%error, "threads are not timed"),
    }
}

async fn median(service: &CompletionService, model: &ModelId) -> Result<Duration, String> {
    service.load(model).await.map_err(|error| error.to_string())?;
    let mut times = Vec::new();
    for snippet in SNIPPETS {
        let request = CompletionRequest {
            client: ClientId::from("calibration"),
            model: Some(model.clone()),
            // Bypasses the cache: a cached answer would measure nothing, and the samples are not the user's work.
            is_secret: true,
            ..CompletionRequest::new(
                Segments { prefix: snippet.into(), suffix: String::new() },
                Mode::Line,
            )
        };
        let completion = service.complete_by(request, Deadline::after(LIMITS)).await;
        times.extend(own_time(&completion));
    }
    times.sort();
    times.get(times.len() / 2).copied().ok_or_else(|| "it answered none of the samples".to_owned())
}

/// How long the model took; `None` if a fallback answered.
fn own_time(completion: &Completion) -> Option<Duration> {
    let is_own =
        matches!(completion.source, CompletionSource::Model(_)) || completion.finish.is_some();
    is_own.then_some(completion.elapsed)
}

fn keep(file: &Path, calibration: &Calibration) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(file, serde_json::to_vec(calibration)?)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pounce_service::engines::fake::{FakeLoader, FakeModel};
    use pounce_service::{Host, ServiceOptions, Settings};

    use super::*;

    /// A service with one fake model; threads are set, so that none are timed in processes of their own.
    fn service(paths: &Paths) -> CompletionService {
        let loader = FakeLoader::new([("small", FakeModel::default())]);
        let mut settings = Settings::default();
        settings.models.threads = 1;
        CompletionService::start(ServiceOptions {
            settings: Some(settings),
            registry: Some(loader.registry()),
            probe: loader.machine(8 << 30),
            loader: Arc::new(loader),
            host: Host::Tasks,
            ..ServiceOptions::new(paths.clone())
        })
    }

    #[tokio::test]
    async fn a_second_calibration_measures_again() {
        let folder = tempfile::TempDir::new().unwrap();
        let paths = Paths::under(folder.path());
        let service = service(&paths);
        for time in ["first", "second"] {
            let rows = run(&service, &file(&paths)).await.rows;
            let [row] = rows.as_slice() else { panic!("there is one model: {rows:?}") };
            assert!(row.total_ms.is_some(), "the model itself answered the {time} time: {row:?}");
        }
        assert_eq!(service.status().n_cached, 0, "the samples are not cached");
    }

    #[test]
    fn models_are_compared_to_the_target_in_force() {
        let row = |total_ms| CalibrationRow {
            model: "m".into(),
            total_ms,
            meets_target: true,
            error: None,
        };
        let calibration = Calibration {
            at_ms: Some(1),
            rows: vec![row(Some(80.0)), row(Some(120.0)), row(None)],
        };
        let meets = |target| -> Vec<bool> {
            let judged = judged(calibration.clone(), Duration::from_millis(target));
            judged.rows.iter().map(|row| row.meets_target).collect()
        };
        assert_eq!(
            meets(100),
            [true, false, false],
            "a model that was not measured does not meet it"
        );
        assert_eq!(meets(150), [true, true, false], "a longer target is met by more");
    }

    #[test]
    fn the_result_outlives_the_app() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("deep/calibration.json");
        assert_eq!(read(&file), Calibration::default(), "none yet");
        let row = CalibrationRow {
            model: "m".into(),
            total_ms: Some(1.5),
            meets_target: true,
            error: None,
        };
        let calibration = Calibration { at_ms: Some(1), rows: vec![row] };
        keep(&file, &calibration).unwrap();
        assert_eq!(read(&file), calibration, "as it was");
        std::fs::write(&file, "{").unwrap();
        assert_eq!(read(&file), Calibration::default(), "a broken file is none");
    }
}
