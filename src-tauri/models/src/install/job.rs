//! [`Job`]: one installation from beginning to end. If it ends early, what was staged is deleted
//! with its [`StagingDir`]; downloads stay in their own folder.

use std::path::Path;
use std::sync::Arc;

use pounce_model_format::{ModelManifest, Quantization};
use tokio_util::sync::CancellationToken;

use super::fetch::{CheckpointFiles, Fetched, ModelFetch, RepositoryAccess};
use super::import::{Import, ImportSource};
use super::load_test::LoadTest;
use super::options::InstallerOptions;
use super::origin::Origin;
use super::outcome::Installed;
use super::staging::StagingDir;
use crate::catalog::{ModelCatalog, ModelId};
use crate::download::ChecksumLock;
use crate::error::InstallError;
use crate::progress::{InstallStep, Reporter};
use crate::registry::InstalledModel;
use crate::sync::spawn_blocking;

/// One installation.
pub(super) struct Job {
    pub(super) id: ModelId,
    pub(super) origin: Origin,
    pub(super) quantization: Quantization,
    pub(super) staging: StagingDir,
    pub(super) load_test: Arc<dyn LoadTest>,
    pub(super) options: InstallerOptions,
    pub(super) reporter: Reporter,
    pub(super) cancellation: CancellationToken,
}

/// A staged model that runs.
struct Staged {
    manifest: ModelManifest,
    /// `None` for a model from this disk.
    fetched: Option<Fetched>,
    /// Why its speed was not measured, if it was not.
    uncalibrated: Option<String>,
}

impl Job {
    /// Runs the installation until the model is there.
    pub(super) async fn run(self) -> Result<Installed, InstallError> {
        match self.stage().await {
            Ok(staged) => self.publish(staged).await,
            Err(error) => {
                // Deleting a staged model can take a while.
                spawn_blocking(move || drop(self.staging)).await;
                Err(error)
            }
        }
    }

    /// Everything before the model appears under its name.
    async fn stage(&self) -> Result<Staged, InstallError> {
        let (source, fetched) = match &self.origin {
            Origin::Disk(source) => (source.clone(), None),
            Origin::Repository(files) => {
                let fetched = self.fetch(files).await?;
                (ImportSource::Checkpoint(fetched.checkpoint.clone()), Some(fetched))
            }
        };
        let manifest = self.import(source).await?;
        let uncalibrated = self.test_load(&manifest).await?;
        Ok(Staged { manifest, fetched, uncalibrated })
    }

    async fn fetch(&self, files: &CheckpointFiles) -> Result<Fetched, InstallError> {
        let repository = RepositoryAccess {
            hub: &self.options.hub,
            repo: &files.repo,
            free_space: self.options.free_space,
            reporter: &self.reporter,
            cancellation: &self.cancellation,
        };
        let fetch = ModelFetch {
            id: &self.id,
            files,
            repository,
            quantization: self.quantization,
            paths: &self.options.paths,
        };
        fetch.run().await
    }

    async fn import(&self, source: ImportSource) -> Result<ModelManifest, InstallError> {
        let import = Import {
            id: self.id.clone(),
            quantization: self.quantization,
            out: self.staging.staged_model()?,
            free_space: self.options.free_space,
            reporter: self.reporter.clone(),
            cancellation: self.cancellation.clone(),
        };
        spawn_blocking(move || import.run(&source)).await
    }

    /// Loads the staged model once. Returns why its speed was not measured, if it was not.
    async fn test_load(&self, manifest: &ModelManifest) -> Result<Option<String>, InstallError> {
        self.reporter.begin(InstallStep::Calibrating, None);
        let dir = self.staging.staged_model()?;
        let model = InstalledModel::local(dir, manifest, &ModelCatalog::built_in());
        let (test, tested) = (Arc::clone(&self.load_test), model.clone());
        if let Some(shortage) = spawn_blocking(move || test.shortage(&tested)).await {
            return Ok(Some(shortage));
        }
        let tested = self.cancellation.run_until_cancelled(self.load_test.run(&model)).await;
        tested.ok_or(InstallError::Cancelled)?.map_err(InstallError::Unusable)?;
        Ok(None)
    }

    async fn publish(self, staged: Staged) -> Result<Installed, InstallError> {
        let Staged { manifest, fetched, uncalibrated } = staged;
        self.reporter.begin(InstallStep::Finishing, None);
        let mut installed = Installed {
            id: self.id,
            size_bytes: manifest.files.values().map(|file| file.size_bytes).sum(),
            downloaded_bytes: fetched.as_ref().map_or(0, |fetched| fetched.received_bytes),
            pinned: Vec::new(),
            checksum_lock_file: self.options.paths.checksum_lock_file(),
            uncalibrated,
        };
        let (staging, lock_file) = (self.staging, installed.checksum_lock_file.clone());
        installed.pinned = spawn_blocking(move || finish(staging, &lock_file, fetched)).await?;
        Ok(installed)
    }
}

/// Locks the checksums of the downloaded files, publishes the model and deletes the downloads.
/// Returns the files whose checksums were not known before. Blocks.
fn finish(
    staging: StagingDir,
    lock_file: &Path,
    fetched: Option<Fetched>,
) -> Result<Vec<String>, InstallError> {
    let Some(fetched) = fetched else { return staging.publish().map(|_| Vec::new()) };
    // Before the model is there: nothing would lock the files of an installed model later.
    ChecksumLock::add(lock_file, &fetched.lock_key, fetched.locked)?;
    staging.publish()?;
    fetched.cache.clear();
    Ok(fetched.newly_locked)
}
