//! Installing, removing and choosing models while the service runs.

use tokio::sync::{mpsc, oneshot};

use super::service::CompletionService;
use crate::calibration::{ThreadChoice, ThreadTimer, choose_threads};
use crate::events::Event;
use crate::install::{
    Install, InstallError, InstallOutcome, InstallProgress, InstallRequest, Installed,
    LoadMeasurement, MeasurementStore, RemoveError, UseError, VerifyError,
};
use crate::pool::ModelPool;
use crate::settings::{Settings, SettingsError};
use pounce_models::catalog::ModelId;
use pounce_models::registry::InstalledModel;

impl CompletionService {
    /// Starts an installation in the background. Its progress and its end are events, too; after the end
    /// the model is listed in the status.
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

    /// The progress of the installations that run.
    pub fn installs(&self) -> Vec<InstallProgress> {
        self.0.installer.installs()
    }

    /// Asks an installation to stop; false if none of this model runs.
    pub fn cancel_install(&self, id: &ModelId) -> bool {
        self.0.installer.cancel(id)
    }

    /// Unloads a model and deletes it; returns the bytes that this has freed. Waits for a load of it that
    /// is going on.
    ///
    /// # Errors
    /// [`RemoveError`]: it is not installed, comes with the program, is being installed, or cannot
    /// be deleted.
    pub async fn remove(&self, id: &ModelId) -> Result<u64, RemoveError> {
        self.0.pool.settled(id).await;
        let freed = self.0.installer.remove(id).await;
        if freed.is_ok() {
            // Files that are mapped are freed when it is unloaded.
            self.unload(id).await;
            self.unchoose(id).await;
        }
        // Also if only a part could be deleted: the rest is no model any more.
        self.rescan().await;
        freed
    }

    /// Reads every file of a model and compares it with the manifest; returns the bytes read.
    ///
    /// # Errors
    /// [`VerifyError`] for the first file that is wrong.
    pub async fn verify(&self, id: &ModelId) -> Result<u64, VerifyError> {
        self.0.installer.verify(id).await
    }

    /// Makes a model the default: saves that, and loads the model.
    ///
    /// # Errors
    /// [`UseError`].
    pub async fn use_model(&self, id: &ModelId) -> Result<(), UseError> {
        if self.context().installed(id).is_none() {
            return Err(UseError::NotInstalled { id: id.clone() });
        }
        let choose = |settings: &mut Settings| {
            settings.models.default = Some(id.clone());
            Ok::<_, UseError>(())
        };
        self.update_settings(choose).await
    }

    /// Measures the number of threads that a model of this machine is fastest with, and keeps it for the
    /// next load. `None`, and nothing changes, if there is no choice or the model cannot be timed.
    pub async fn choose_threads(
        &self,
        id: &ModelId,
        timer: &dyn ThreadTimer,
    ) -> Option<ThreadChoice> {
        let context = self.context();
        let model = context.installed(id).filter(|model| model.remote.is_none())?;
        let choice = choose_threads(timer, &model).await?;
        context.measurements.update(|profile| profile.note_threads(&model, choice.clone()));
        Some(choice)
    }

    /// Leaves the choice to the router and the catalogue where the settings name a model that is gone.
    async fn unchoose(&self, id: &ModelId) {
        if !self.settings().models.forget(id) {
            return;
        }
        let forget = |settings: &mut Settings| {
            settings.models.forget(id);
            Ok::<_, SettingsError>(())
        };
        if let Err(error) = self.update_settings(forget).await {
            tracing::warn!(model = %id, %error, "the settings still name the removed model");
        }
    }

    /// Reports an installation to its subscribers, and lists its model before its end is reported.
    async fn follow(
        self,
        mut install: Install,
        reports: mpsc::UnboundedSender<InstallProgress>,
        done: oneshot::Sender<Result<Installed, InstallError>>,
    ) {
        let events = &self.context().events;
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
        self.0.context().measurements.expected_bytes(model)
    }

    fn process_bytes(&self) -> u64 {
        self.0.context().probe.read().process_bytes
    }

    fn threads(&self) -> usize {
        self.0.context().settings().models.threads
    }

    fn record(&self, model: &InstalledModel, measurement: &LoadMeasurement) {
        self.0.context().measurements.update(|profile| measurement.record_in(profile, model));
    }
}
