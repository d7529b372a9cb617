//! Installing, removing and choosing models while the service runs.

use tokio::sync::{mpsc, oneshot};

use super::CompletionService;
use crate::catalog::ModelId;
use crate::context::lock;
use crate::events::Event;
use crate::install::{
    Install, InstallError, InstallOutcome, InstallProgress, InstallRequest, Installed,
    LoadMeasurement, MeasurementStore, RemoveError, UseError, VerifyError,
};
use crate::pool::ModelPool;
use crate::registry::InstalledModel;
use crate::settings::Settings;
use crate::threads::{ThreadChoice, ThreadTrial, choose_threads};

impl CompletionService {
    /// Starts an installation in the background. Its progress and its end are told as events, too;
    /// after the end the model is in the status.
    ///
    /// # Errors
    /// At once: an unknown or impossible name, something that is installed already or being
    /// installed, here or by another process.
    pub async fn install(&self, request: InstallRequest) -> Result<Install, InstallError> {
        let install = self.0.installer.install(request).await?;
        let (reports, progress) = mpsc::unbounded_channel();
        let (done, end) = oneshot::channel();
        let id = install.id.clone();
        tokio::spawn(self.clone().follow(install, reports, done));
        Ok(Install::new(id, progress, end))
    }

    /// The installations that run.
    pub fn installs(&self) -> Vec<InstallProgress> {
        self.0.installer.installs()
    }

    /// Asks an installation to stop; false if none of this model runs.
    pub fn cancel_install(&self, id: &ModelId) -> bool {
        self.0.installer.cancel(id)
    }

    /// Unloads a model and deletes it; the bytes that are free now. A load of it that runs is waited
    /// for.
    ///
    /// # Errors
    /// [`RemoveError`]: it is not installed, comes with the program, is being installed, or cannot
    /// be deleted.
    pub async fn remove(&self, id: &ModelId) -> Result<u64, RemoveError> {
        self.0.pool.settled(id).await;
        let freed = self.0.installer.remove(id).await;
        if freed.is_ok() {
            // Its files are gone, but for those that are mapped: that ends with it.
            self.unload(id).await;
        }
        // Also if it could be deleted in part only: then it is no model any more.
        self.rescan().await;
        freed
    }

    /// Reads every file of a model and compares it with the manifest; the bytes that were read.
    ///
    /// # Errors
    /// [`VerifyError`] for the first file that is wrong.
    pub async fn verify(&self, id: &ModelId) -> Result<u64, VerifyError> {
        self.0.installer.verify(id).await
    }

    /// Makes a model the default: saves that, and has it loaded.
    ///
    /// # Errors
    /// [`UseError`].
    pub async fn use_model(&self, id: &ModelId) -> Result<(), UseError> {
        if self.0.context.installed(id).is_none() {
            return Err(UseError::NotInstalled { id: id.clone() });
        }
        let choose = |settings: &mut Settings| {
            settings.models.default = Some(id.clone());
            Ok::<_, UseError>(())
        };
        self.update_settings(choose).await.map(|_| ())
    }

    /// Finds out with how many threads a model of this machine is fastest, and keeps it for the next
    /// start. `None`, and nothing changes, where there is nothing to choose or the model cannot be timed.
    pub async fn choose_threads(
        &self,
        id: &ModelId,
        trial: &dyn ThreadTrial,
    ) -> Option<ThreadChoice> {
        let context = &self.0.context;
        let model = context.installed(id).filter(|model| model.remote.is_none())?;
        let choice = choose_threads(trial, &model).await?;
        lock(&context.profile).note_threads(&model, choice.clone());
        Some(choice)
    }

    /// Tells the watchers of an installation, and lists its model before its end is told.
    async fn follow(
        self,
        mut install: Install,
        reports: mpsc::UnboundedSender<InstallProgress>,
        done: oneshot::Sender<Result<Installed, InstallError>>,
    ) {
        let events = &self.0.context.events;
        while let Some(progress) = install.next_progress().await {
            let _ = reports.send(progress.clone());
            events.send(Event::InstallProgress(Box::new(progress)));
        }
        let id = install.id.clone();
        let end = install.end().await;
        if end.is_ok() {
            // It may have replaced a damaged one.
            self.reset_breaker(&id);
            self.rescan().await;
        }
        events.send(Event::InstallEnded { id, outcome: InstallOutcome::of(&end) });
        let _ = done.send(end);
    }
}

/// The service's memory and measurements, for load tests.
pub(super) struct ServiceMeasurements(pub(super) ModelPool);

impl MeasurementStore for ServiceMeasurements {
    fn room_bytes(&self) -> u64 {
        self.0.room_bytes()
    }

    fn expected_bytes(&self, model: &InstalledModel) -> u64 {
        lock(&self.0.context().profile).expected_bytes(model)
    }

    fn process_bytes(&self) -> u64 {
        self.0.context().probe.read().process_bytes
    }

    fn threads(&self) -> usize {
        self.0.context().settings().models.threads
    }

    fn record(&self, model: &InstalledModel, measurement: &LoadMeasurement) {
        measurement.record_in(&mut lock(&self.0.context().profile), model);
    }
}
