//! [`Installer`]: starts installations, one at a time of each model, and removes and verifies
//! models.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use pounce_model_format::Quantization;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::handle::Install;
use super::installed::{self, dir_of, own_folder};
use super::job::Job;
use super::load_test::LoadTest;
use super::options::InstallerOptions;
use super::origin::Origin;
use super::outcome::Installed;
use super::request::InstallRequest;
use super::staging::StagingDir;
use crate::catalog::{ModelCatalog, ModelId};
use crate::error::{InstallError, RemoveError, VerifyError};
use crate::progress::{InstallProgress, Reporter};
use crate::source::is_name;
use crate::sync::{lock, spawn_blocking};

/// Installs, removes and verifies models. Clones share the running installations.
#[derive(Clone)]
pub struct Installer(Arc<Inner>);

struct Inner {
    options: InstallerOptions,
    load_test: Arc<dyn LoadTest>,
    running: Mutex<BTreeMap<ModelId, Running>>,
}

struct Running {
    reporter: Reporter,
    cancellation: CancellationToken,
}

impl Installer {
    /// An installer that has every new model tested by `load_test`.
    pub fn new(options: InstallerOptions, load_test: Arc<dyn LoadTest>) -> Self {
        Self(Arc::new(Inner { options, load_test, running: Mutex::default() }))
    }

    /// Starts an installation in the background, on the current tokio runtime.
    ///
    /// # Errors
    /// At once: an unknown source or an impossible name, graphs without the user's trust, or a model that is installed or is being
    /// installed, by this or another process.
    pub async fn install(&self, request: InstallRequest) -> Result<Install, InstallError> {
        let catalog = ModelCatalog::built_in();
        let origin = Origin::of(&request.source, &catalog)?;
        if let Some(dir) = origin.brings_graphs().filter(|_| !request.trusts_graphs) {
            return Err(InstallError::Untrusted { dir: dir.to_owned() });
        }
        let id = request.id();
        if !is_name(id.as_str()) {
            return Err(InstallError::Name { name: id.to_string() });
        }
        if catalog.get(&id).is_some_and(|spec| spec.is_embedded()) {
            return Err(InstallError::Installed { id });
        }
        let staging = self.lock_name(&id).await?;
        let name = catalog.get(&id).map_or_else(|| id.to_string(), |spec| spec.name.clone());
        let (reporter, reports) = Reporter::new(id.clone(), name);
        let job = Job {
            id: id.clone(),
            origin,
            quantization: request.quantization.unwrap_or(Quantization::Int8),
            staging,
            load_test: Arc::clone(&self.0.load_test),
            options: self.0.options.clone(),
            reporter,
            cancellation: CancellationToken::new(),
        };
        let end = self.start(job);
        Ok(Install::new(id, reports, end))
    }

    /// The running installations.
    pub fn installs(&self) -> Vec<InstallProgress> {
        lock(&self.0.running).values().map(|running| running.reporter.progress()).collect()
    }

    /// Asks an installation to stop. False if this process is not installing the model.
    pub fn cancel(&self, id: &ModelId) -> bool {
        let running = lock(&self.0.running);
        let found = running.get(id);
        found.inspect(|running| running.cancellation.cancel()).is_some()
    }

    /// Asks all installations to stop, when the program is ending.
    pub fn cancel_all(&self) {
        lock(&self.0.running).values().for_each(|running| running.cancellation.cancel());
    }

    /// Deletes an installed model, or a broken one by the name of its folder. Returns the bytes
    /// that were freed.
    ///
    /// # Errors
    /// [`RemoveError`].
    pub async fn remove(&self, id: &ModelId) -> Result<u64, RemoveError> {
        let (paths, id) = (self.0.options.paths.clone(), id.clone());
        spawn_blocking(move || installed::remove(&paths, &id)).await
    }

    /// Reads every file of a model and compares it with the manifest. Returns the bytes that were
    /// read.
    ///
    /// # Errors
    /// [`VerifyError`] for the first file that is wrong.
    pub async fn verify(&self, id: &ModelId) -> Result<u64, VerifyError> {
        let (paths, id) = (self.0.options.paths.clone(), id.clone());
        spawn_blocking(move || installed::verify(&paths, &id)).await
    }

    /// Locks the name of a model that is not installed.
    async fn lock_name(&self, id: &ModelId) -> Result<StagingDir, InstallError> {
        let (paths, id) = (self.0.options.paths.clone(), id.clone());
        spawn_blocking(move || {
            let models = own_folder(&paths);
            let staging = StagingDir::lock(models, &id)?;
            let is_there = models.join(id.as_str()).exists() || dir_of(&paths, &id).is_some();
            if is_there { Err(InstallError::Installed { id }) } else { Ok(staging) }
        })
        .await
    }

    /// Runs a job in the background. Returns where its end arrives.
    fn start(&self, job: Job) -> oneshot::Receiver<Result<Installed, InstallError>> {
        let (reporter, cancellation) = (job.reporter.clone(), job.cancellation.clone());
        lock(&self.0.running).insert(job.id.clone(), Running { reporter, cancellation });
        let (sender, end) = oneshot::channel();
        tokio::spawn(self.clone().run(job, sender));
        end
    }

    async fn run(self, job: Job, sender: oneshot::Sender<Result<Installed, InstallError>>) {
        let (id, cancellation) = (job.id.clone(), job.cancellation.clone());
        // The end is sent even if a file makes the converter panic.
        let end = AssertUnwindSafe(job.run()).catch_unwind().await;
        let end = end.unwrap_or_else(|_| Err(InstallError::Crashed { id: id.clone() }));
        // The name is unlocked by now, so the entry may be that of the next installation.
        lock(&self.0.running).retain(|_, running| running.cancellation != cancellation);
        match &end {
            Ok(installed) => tracing::info!(%id, bytes = installed.size_bytes, "installed"),
            Err(error) => tracing::warn!(%id, %error, "not installed"),
        }
        let _ = sender.send(end);
    }
}
