//! [`EngineLoadTest`]: loads a new model in a worker, as the service does.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pounce_engine::LoadOptions;
use pounce_models::install::LoadTest;
use tokio::time::{Instant, timeout};

use super::measurement::LoadMeasurement;
use super::measurement_store::MeasurementStore;
use crate::engines::EngineLoader;
use crate::pool::worker::{Host, LoadFailure, LoadReport, Worker};
use pounce_models::registry::InstalledModel;
use pounce_models::sync::spawn_blocking;

/// Enough for a large model on a slow disk.
const LOAD_LIMIT: Duration = Duration::from_secs(180);

/// Loads new models with this loader, and records what was measured.
pub(crate) struct EngineLoadTest {
    pub(crate) loader: Arc<dyn EngineLoader>,
    pub(crate) host: Host,
    pub(crate) store: Arc<dyn MeasurementStore>,
}

impl LoadTest for EngineLoadTest {
    fn shortage(&self, model: &InstalledModel) -> Option<String> {
        let (needed, room) = (self.store.expected_bytes(model), self.store.room_bytes());
        (needed > room).then(|| {
            let [needed, room] = [needed, room].map(|bytes| bytes / 1_000_000);
            format!("it needs {needed} MB of memory and {room} MB are free for models")
        })
    }

    fn run<'a>(&'a self, model: &'a InstalledModel) -> BoxFuture<'a, Result<(), String>> {
        self.load(model).boxed()
    }
}

impl EngineLoadTest {
    async fn load(&self, model: &InstalledModel) -> Result<(), String> {
        let before = self.process_bytes().await;
        let started = Instant::now();
        let loader = Arc::clone(&self.loader);
        let options = LoadOptions { threads: self.store.threads(), ..LoadOptions::default() };
        let (worker, ready) = Worker::start(self.host, loader, model.clone(), options)
            .map_err(|error| format!("no thread to load it: {error}"))?;
        // Dropped while it loads, the worker ends by itself.
        let Ok(loaded) = timeout(LOAD_LIMIT, ready).await else {
            return Err(format!("it was not loaded after {} s", LOAD_LIMIT.as_secs()));
        };
        let load = started.elapsed();
        let resident_bytes = self.process_bytes().await.saturating_sub(before);
        worker.end().await;
        crate::memory::return_freed_memory().await;
        let LoadReport { run, .. } =
            loaded.unwrap_or(Err(LoadFailure::Crashed)).map_err(message)?;
        self.store.record(model, &LoadMeasurement { resident_bytes, load, run });
        Ok(())
    }

    async fn process_bytes(&self) -> u64 {
        let store = Arc::clone(&self.store);
        spawn_blocking(move || store.process_bytes()).await
    }
}

fn message(failure: LoadFailure) -> String {
    match failure {
        LoadFailure::Engine(error) => error.to_string(),
        LoadFailure::Crashed => "it crashed while loading".to_owned(),
    }
}
