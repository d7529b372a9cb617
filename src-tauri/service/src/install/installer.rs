//! [`Installer`]: starts installations, one at a time of each model, and removes models.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use pounce_model_format::{ModelManifest, Quantization};
use tokio::sync::oneshot;

use super::cancellation::Cancellation;
use super::hub::Hub;
use super::job::Job;
use super::model_source::is_name;
use super::place::Place;
use super::progress::Reporter;
use super::space::{self, SpaceProbe};
use super::trial::{Bench, Books};
use super::{
    Install, InstallError, InstallProgress, InstallRequest, Installed, ModelSource, Origin,
    RemoveError, VerifyError, checksum, file_books::FileBooks,
};
use crate::catalog::{ModelCatalog, ModelId};
use crate::engines::{EngineLoader, Loader};
use crate::paths::Paths;
use crate::pool::worker::Host;
use crate::registry::{InstalledModel, ModelRegistry};
use crate::storage::off_the_runtime;
use crate::sync::lock;

/// Installs and removes models. Clones share the running installations.
///
/// A service has one of its own; this one is for a program without a service, the command line.
#[derive(Clone)]
pub struct Installer(Arc<Inner>);

struct Inner {
    parts: Parts,
    bench: Bench,
    running: Mutex<BTreeMap<ModelId, Running>>,
}

/// Where files come from and go to.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) paths: Paths,
    pub(crate) hub: Hub,
    pub(crate) free_space: SpaceProbe,
}

struct Running {
    reporter: Reporter,
    cancellation: Cancellation,
}

impl Installer {
    /// For a program without a service. `threads` is how many models run on; what is measured goes
    /// to the profile in the data folder.
    pub fn new(paths: Paths, threads: usize) -> Self {
        let books = Arc::new(FileBooks::new(&paths, threads));
        let parts = Parts { paths, hub: Hub::from_environment(), free_space: space::free_bytes };
        Self::with(parts, Arc::new(Loader::default()), Host::Threads, books)
    }

    pub(crate) fn with(
        parts: Parts,
        loader: Arc<dyn EngineLoader>,
        host: Host,
        books: Arc<dyn Books>,
    ) -> Self {
        let bench = Bench { loader, host, books };
        Self(Arc::new(Inner { parts, bench, running: Mutex::default() }))
    }

    /// Starts an installation in the background, on the current tokio runtime.
    ///
    /// # Errors
    /// At once: an unknown or impossible name, something that is installed already or being
    /// installed, here or by another process.
    pub async fn install(&self, request: InstallRequest) -> Result<Install, InstallError> {
        let catalog = ModelCatalog::built_in();
        let origin = Origin::of(&request.source, &catalog)?;
        let id = request.id.unwrap_or_else(|| default_id(&request.source));
        if !is_name(id.as_str()) {
            return Err(InstallError::Name { name: id.to_string() });
        }
        if catalog.get(&id).is_some_and(|spec| spec.is_embedded()) {
            return Err(InstallError::Installed { id });
        }
        let place = self.take_place(&id).await?;
        let name = catalog.get(&id).map_or_else(|| id.to_string(), |spec| spec.name.clone());
        let (reporter, reports) = Reporter::new(id.clone(), name);
        let cancellation = Cancellation::new();
        let running = Running { reporter: reporter.clone(), cancellation: cancellation.clone() };
        lock(&self.0.running).insert(id.clone(), running);
        let job = Job {
            id: id.clone(),
            origin,
            quantization: request.quantization.unwrap_or(Quantization::Int8),
            place,
            bench: self.0.bench.clone(),
            parts: self.0.parts.clone(),
            reporter,
            cancellation,
        };
        let (done, end) = oneshot::channel();
        tokio::spawn(self.clone().see_through(job, done));
        Ok(Install::new(id, reports, end))
    }

    /// The installations that run.
    pub fn installs(&self) -> Vec<InstallProgress> {
        lock(&self.0.running).values().map(|running| running.reporter.progress()).collect()
    }

    /// Asks an installation to stop; false if none of this model runs here.
    pub fn cancel(&self, id: &ModelId) -> bool {
        let running = lock(&self.0.running);
        let found = running.get(id);
        found.inspect(|running| running.cancellation.ask()).is_some()
    }

    /// Asks all installations to stop: the program is ending.
    pub(crate) fn cancel_all(&self) {
        lock(&self.0.running).values().for_each(|running| running.cancellation.ask());
    }

    /// Deletes an installed model, or a broken one by its folder's name; the bytes that are free
    /// now.
    ///
    /// # Errors
    /// [`RemoveError`].
    pub async fn remove(&self, id: &ModelId) -> Result<u64, RemoveError> {
        let (installer, id) = (self.clone(), id.clone());
        off_the_runtime(move || installer.remove_now(&id)).await
    }

    /// Reads every file of a model and compares it with the manifest; the bytes that were read.
    ///
    /// # Errors
    /// [`VerifyError`] for the first file that is wrong.
    pub async fn verify(&self, id: &ModelId) -> Result<u64, VerifyError> {
        let (installer, id) = (self.clone(), id.clone());
        off_the_runtime(move || installer.verify_now(&id)).await
    }
}

impl Installer {
    async fn see_through(self, job: Job, done: oneshot::Sender<Result<Installed, InstallError>>) {
        let (id, cancellation) = (job.id.clone(), job.cancellation.clone());
        // Whoever waits for it is told even if a file has brought the converter to panic.
        let end = AssertUnwindSafe(job.run()).catch_unwind().await;
        let end = end.unwrap_or_else(|_| Err(InstallError::Crashed { id: id.clone() }));
        // Its place is free: a next one of the same name may be in the list already.
        lock(&self.0.running)
            .retain(|of, running| *of != id || !running.cancellation.is(&cancellation));
        match &end {
            Ok(installed) => tracing::info!(%id, bytes = installed.size_bytes, "installed"),
            Err(error) => tracing::warn!(%id, %error, "not installed"),
        }
        let _ = done.send(end);
    }

    /// Holds the place of a model that is not there yet.
    async fn take_place(&self, id: &ModelId) -> Result<Place, InstallError> {
        let (paths, id) = (self.0.parts.paths.clone(), id.clone());
        off_the_runtime(move || {
            let models = own_folder(&paths);
            let place = Place::take(models, &id)?;
            let is_there = models.join(id.as_str()).exists() || find(&paths, &id).is_some();
            if is_there { Err(InstallError::Installed { id }) } else { Ok(place) }
        })
        .await
    }

    fn remove_now(&self, id: &ModelId) -> Result<u64, RemoveError> {
        let paths = &self.0.parts.paths;
        let models = own_folder(paths);
        let embedded = ModelCatalog::built_in().get(id).is_some_and(|spec| spec.is_embedded());
        let dir = match find(paths, id) {
            Some(model) => model.dir,
            None => models.join(id.as_str()),
        };
        if !is_name(id.as_str()) || !dir.is_dir() {
            return Err(RemoveError::NotInstalled { id: id.clone() });
        }
        if embedded || dir.parent() != Some(models) {
            return Err(RemoveError::BuiltIn { id: id.clone() });
        }
        let busy = |_| RemoveError::Busy { id: id.clone() };
        let place = Place::take(models, id).map_err(busy)?;
        let size_bytes = size_of(&dir);
        place.delete(&dir).map_err(|reason| RemoveError::Disk { path: dir, reason })?;
        tracing::info!(%id, size_bytes, "removed");
        Ok(size_bytes)
    }

    fn verify_now(&self, id: &ModelId) -> Result<u64, VerifyError> {
        let dir = match find(&self.0.parts.paths, id) {
            Some(model) => model.dir,
            None => own_folder(&self.0.parts.paths).join(id.as_str()),
        };
        if !is_name(id.as_str()) || !dir.is_dir() {
            return Err(VerifyError::NotInstalled { id: id.clone() });
        }
        let manifest = ModelManifest::load(&dir)?;
        let mut n_bytes = 0;
        for (name, digest) in manifest.files {
            let path = dir.join(name);
            let mut count = |n| {
                n_bytes += n;
                true
            };
            let found = match checksum::of_file(&path, &mut count) {
                Ok(found) => found.unwrap_or_default(),
                Err(reason) => return Err(VerifyError::Read { path, reason }),
            };
            if found != digest.sha256 {
                return Err(VerifyError::Checksum { path, expected: digest.sha256, found });
            }
        }
        Ok(n_bytes)
    }
}

/// What a model is called if nobody says otherwise.
fn default_id(source: &ModelSource) -> ModelId {
    let of_path =
        |name: Option<&std::ffi::OsStr>| name.unwrap_or_default().to_string_lossy().into_owned();
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match source {
        ModelSource::Catalogue(id) => id.clone(),
        ModelSource::Repository(repository) => repository.name().into(),
        ModelSource::Folder(path) => of_path(absolute(path).file_name()).into(),
        ModelSource::File(path) => of_path(path.file_stem()).into(),
    }
}

/// Where the user's own models are.
fn own_folder(paths: &Paths) -> &Path {
    paths.models.first().map_or(Path::new("models"), PathBuf::as_path)
}

fn find(paths: &Paths, id: &ModelId) -> Option<InstalledModel> {
    ModelRegistry::scan(&paths.models, &ModelCatalog::built_in()).get(id).cloned()
}

fn size_of(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum()
}
