//! Calibrating: which models meet the target on this machine, by the median time of a few completions, and
//! with how many threads each is fastest, for the next start.

use std::time::{Duration, SystemTime};

use pounce_engine::{Mode, Segments};
use pounce_models::catalog::ModelId;
use pounce_models::units::unix_ms;

use super::service::CompletionService;
use crate::calibration::percentiles::Percentiles;
use crate::calibration::{Calibration, CalibrationRow, ThreadTimer};
use crate::request::{
    ClientId, Completion, CompletionRequest, CompletionSource, Deadline, TimeLimits,
};

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

impl CompletionService {
    /// Measures every model of this machine and keeps the result. Then times how many threads each is
    /// fastest with, if the user leaves the choice to the app and there is a `timer`.
    pub async fn calibrate(&self, timer: Option<&dyn ThreadTimer>) -> Calibration {
        let models = self.status().models.into_iter().filter(|model| model.remote.is_none());
        let ids: Vec<ModelId> = models.map(|model| model.id).collect();
        let mut rows = Vec::new();
        for id in &ids {
            rows.push(self.measure(id).await);
        }
        let calibration = Calibration { at_ms: Some(unix_ms(SystemTime::now())), rows }
            .judged(self.settings().time_limits().target);
        let file = self.context().paths.calibration_file();
        if let Err(error) = calibration.save(&file) {
            tracing::warn!(file = %file.display(), %error, "the calibration is not kept");
        }
        if let Some(timer) = timer.filter(|_| self.settings().models.threads == 0) {
            for id in &ids {
                self.choose_threads(id, timer).await;
            }
        }
        calibration
    }

    async fn measure(&self, id: &ModelId) -> CalibrationRow {
        let (total_ms, error) = match self.median_ms(id).await {
            Ok(median) => (Some(median), None),
            Err(error) => (None, Some(error)),
        };
        CalibrationRow { model: id.to_string(), total_ms, meets_target: false, error }
    }

    async fn median_ms(&self, id: &ModelId) -> Result<f64, String> {
        self.load(id).await.map_err(|error| error.to_string())?;
        let mut times = Vec::new();
        for snippet in SNIPPETS {
            let segments = Segments { prefix: snippet.into(), suffix: String::new() };
            let request = CompletionRequest {
                client: ClientId::from("calibration"),
                model: Some(id.clone()),
                // Bypasses the cache: a cached answer would measure nothing, and the samples are not the user's work.
                is_secret: true,
                ..CompletionRequest::new(segments, Mode::Line)
            };
            let completion = self.complete_by(request, Deadline::after(LIMITS)).await;
            times.extend(own_time(&completion));
        }
        if times.is_empty() {
            return Err("it answered none of the samples".to_owned());
        }
        Ok(Percentiles::of(times).p50_ms)
    }
}

/// How long the model took; `None` if a fallback answered.
fn own_time(completion: &Completion) -> Option<Duration> {
    let is_own =
        matches!(completion.source, CompletionSource::Model(_)) || completion.finish.is_some();
    is_own.then_some(completion.elapsed)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pounce_models::paths::Paths;

    use super::*;
    use crate::engines::fake::{FakeLoader, FakeModel};
    use crate::handle::ServiceOptions;
    use crate::pool::worker::Host;
    use crate::settings::Settings;

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
        let service = service(&Paths::under(folder.path()));
        for time in ["first", "second"] {
            let rows = service.calibrate(None).await.rows;
            let [row] = rows.as_slice() else { panic!("there is one model: {rows:?}") };
            assert!(row.total_ms.is_some(), "the model itself answered the {time} time: {row:?}");
        }
        assert_eq!(service.status().n_cached, 0, "the samples are not cached");
    }
}
