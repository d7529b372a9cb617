//! [`Trial`]: an installed model is loaded once before it appears, which shows that it runs here
//! and how fast.

use std::sync::Arc;
use std::time::Duration;

use pounce_engine::{Device, Generation, LoadOptions};
use tokio::time::{Instant, timeout};

use super::InstallError;
use super::cancellation::Cancellation;
use crate::calibration::Profile;
use crate::engines::EngineLoader;
use crate::pool::worker::{Host, LoadFailure, LoadReport, Worker};
use crate::registry::InstalledModel;
use crate::storage::off_the_runtime;

/// A large model on a slow disk.
const LOAD_LIMIT: Duration = Duration::from_secs(180);

/// What memory and measurements are, for an installation. The service has them in its books; the
/// command line asks the machine and a file.
pub(crate) trait Books: Send + Sync {
    /// Bytes that one more model may take now.
    fn room_bytes(&self) -> u64;

    /// What a model is expected to take.
    fn expected_bytes(&self, model: &InstalledModel) -> u64;

    /// What this process takes now.
    fn process_bytes(&self) -> u64;

    /// Threads that models run on; 0 is automatic.
    fn threads(&self) -> usize;

    /// Keeps what a trial showed.
    fn note(&self, model: &InstalledModel, trial: &Trial);
}

/// What loading a model and completing with it once showed.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) resident_bytes: u64,
    pub(crate) load: Duration,
    /// `None` if the run that measures failed.
    pub(crate) run: Option<Generation>,
}

impl Trial {
    /// Puts it among what is known of models on this machine.
    pub(crate) fn enter_into(&self, profile: &mut Profile, model: &InstalledModel) {
        // An allocator that reuses what an earlier model left makes the next one seem small.
        let resident_bytes = self.resident_bytes.max(model.disk_bytes / 2);
        // So that the first load does not take the speed for one with other threads.
        profile.begin_load(model, Device::Cpu);
        profile.note_load(model, resident_bytes, self.load);
        if let Some(run) = &self.run {
            profile.note_run(model, run);
        }
    }
}

/// Where a trial takes place.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) loader: Arc<dyn EngineLoader>,
    pub(super) host: Host,
    pub(super) books: Arc<dyn Books>,
}

impl Bench {
    /// Why there is no room to try a model; `None` if there is.
    pub(super) fn shortage(&self, model: &InstalledModel) -> Option<String> {
        let (needed, room) = (self.books.expected_bytes(model), self.books.room_bytes());
        (needed > room).then(|| {
            let [needed, room] = [needed, room].map(|bytes| bytes / 1_000_000);
            format!("it needs {needed} MB of memory and {room} MB are free for models")
        })
    }

    /// Loads a model, completes once and unloads it again.
    ///
    /// # Errors
    /// [`InstallError::Unusable`] if it does not come up, [`InstallError::Cancelled`].
    pub(super) async fn run(
        &self,
        model: &InstalledModel,
        cancellation: &Cancellation,
    ) -> Result<(), InstallError> {
        let before = self.process_bytes().await;
        let started = Instant::now();
        let loader = Arc::clone(&self.loader);
        let options = LoadOptions { threads: self.books.threads(), ..LoadOptions::default() };
        let (worker, ready) = Worker::start(self.host, loader, model.clone(), options)
            .map_err(|error| InstallError::Unusable(format!("no thread to load it: {error}")))?;
        // A worker that nobody waits for ends by itself.
        let loaded = cancellation.or(timeout(LOAD_LIMIT, ready)).await?;
        let Ok(loaded) = loaded else {
            let limit = LOAD_LIMIT.as_secs();
            return Err(InstallError::Unusable(format!("it was not loaded after {limit} s")));
        };
        let load = started.elapsed();
        let resident_bytes = self.process_bytes().await.saturating_sub(before);
        worker.end().await;
        crate::memory::return_freed_memory().await;
        let LoadReport { run, .. } =
            loaded.unwrap_or(Err(LoadFailure::Crashed)).map_err(unusable)?;
        self.books.note(model, &Trial { resident_bytes, load, run });
        Ok(())
    }

    async fn process_bytes(&self) -> u64 {
        let books = Arc::clone(&self.books);
        off_the_runtime(move || books.process_bytes()).await
    }
}

fn unusable(failure: LoadFailure) -> InstallError {
    InstallError::Unusable(match failure {
        LoadFailure::Engine(error) => error.to_string(),
        LoadFailure::Crashed => "it crashed while loading".to_owned(),
    })
}
