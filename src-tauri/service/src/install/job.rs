//! [`Job`]: one installation from beginning to end. Whatever ends it early, what was staged is
//! cleared with its [`Place`]; downloads stay in their own folder.

use pounce_manifest::{ModelManifest, Quantization};

use super::cancellation::Cancellation;
use super::place::Place;
use super::progress::{InstallStep, Reporter};
use super::take_over::{Material, TakeOver};
use super::trial::Bench;
use super::{InstallError, Installed};
use crate::catalog::{ModelCatalog, ModelId};
use crate::registry::{InstalledModel, installed_model};
use crate::storage::off_the_runtime;

use super::Origin;
use super::installer::Parts;

/// One installation.
pub(super) struct Job {
    pub(super) id: ModelId,
    pub(super) origin: Origin,
    pub(super) quantization: Quantization,
    pub(super) place: Place,
    pub(super) bench: Bench,
    pub(super) parts: Parts,
    pub(super) reporter: Reporter,
    pub(super) cancellation: Cancellation,
}

impl Job {
    pub(super) async fn run(self) -> Result<Installed, InstallError> {
        let material = match &self.origin {
            Origin::Here(material) => material.clone(),
        };
        let manifest = self.take_over(material).await?;
        let uncalibrated = self.calibrate(&manifest).await?;
        self.reporter.begin(InstallStep::Finishing, None);
        let pins_file = self.parts.paths.pins_file();
        let place = self.place;
        off_the_runtime(move || place.publish()).await?;
        Ok(Installed {
            id: self.id,
            size_bytes: manifest.files.values().map(|file| file.size_bytes).sum(),
            downloaded_bytes: 0,
            pinned: Vec::new(),
            pins_file,
            uncalibrated,
        })
    }

    async fn take_over(&self, material: Material) -> Result<ModelManifest, InstallError> {
        let task = TakeOver {
            id: self.id.clone(),
            quantization: self.quantization,
            out: self.place.staged_model()?,
            free_space: self.parts.free_space,
            reporter: self.reporter.clone(),
            cancellation: self.cancellation.clone(),
        };
        off_the_runtime(move || task.run(&material)).await
    }

    /// Tries the staged model; says why, if its speed was not measured.
    async fn calibrate(&self, manifest: &ModelManifest) -> Result<Option<String>, InstallError> {
        self.reporter.begin(InstallStep::Calibrating, None);
        let model = self.staged(manifest)?;
        if let Some(shortage) = self.bench.shortage(&model) {
            return Ok(Some(shortage));
        }
        self.bench.run(&model, &self.cancellation).await.map(|()| None)
    }

    fn staged(&self, manifest: &ModelManifest) -> Result<InstalledModel, InstallError> {
        let dir = self.place.staged_model()?;
        Ok(installed_model(dir, manifest, &ModelCatalog::built_in()))
    }
}
