//! [`Job`]: one installation from beginning to end. Whatever ends it early, what was staged is
//! cleared with its [`Place`]; downloads stay in their own folder.

use std::path::Path;

use pounce_model_format::{ModelManifest, Quantization};

use super::cancellation::Cancellation;
use super::fetch::{Fetch, Fetched};
use super::installer::Parts;
use super::place::Place;
use super::progress::{InstallStep, Reporter};
use super::shelf::Shelf;
use super::take_over::{Material, TakeOver};
use super::trial::Bench;
use super::{InstallError, Installed, Origin, pins};
use crate::catalog::{ModelCatalog, ModelId};
use crate::registry::{InstalledModel, installed_model};
use crate::storage::off_the_runtime;

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

/// A staged model that works.
struct Ready {
    manifest: ModelManifest,
    /// The repository's key, and what came from there.
    fetched: Option<(String, Fetched)>,
    /// Why its speed was not measured, if it was not.
    uncalibrated: Option<String>,
}

impl Job {
    pub(super) async fn run(self) -> Result<Installed, InstallError> {
        match self.make_ready().await {
            Ok(ready) => self.publish(ready).await,
            Err(error) => {
                // Clearing a staged model takes its time.
                off_the_runtime(move || drop(self.place)).await;
                Err(error)
            }
        }
    }

    /// Everything until the model can appear.
    async fn make_ready(&self) -> Result<Ready, InstallError> {
        let (material, fetched) = match &self.origin {
            Origin::Here(material) => (material.clone(), None),
            Origin::There(shelf) => {
                let fetched = self.fetch(shelf).await?;
                (fetched.material.clone(), Some((shelf.key(), fetched)))
            }
        };
        let manifest = self.take_over(material).await?;
        let uncalibrated = self.calibrate(&manifest).await?;
        Ok(Ready { manifest, fetched, uncalibrated })
    }

    async fn publish(self, ready: Ready) -> Result<Installed, InstallError> {
        let Ready { manifest, fetched, uncalibrated } = ready;
        self.reporter.begin(InstallStep::Finishing, None);
        let mut installed = Installed {
            id: self.id,
            size_bytes: manifest.files.values().map(|file| file.size_bytes).sum(),
            downloaded_bytes: fetched.as_ref().map_or(0, |(_, fetched)| fetched.received_bytes),
            pinned: Vec::new(),
            pins_file: self.parts.paths.pins_file(),
            uncalibrated,
        };
        let (place, pins_file) = (self.place, installed.pins_file.clone());
        installed.pinned = off_the_runtime(move || finish(place, &pins_file, fetched)).await?;
        Ok(installed)
    }

    async fn fetch(&self, shelf: &Shelf) -> Result<Fetched, InstallError> {
        let fetch = Fetch {
            id: &self.id,
            shelf,
            quantization: self.quantization,
            parts: &self.parts,
            reporter: &self.reporter,
            cancellation: &self.cancellation,
        };
        fetch.run().await
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
        let (bench, tried) = (self.bench.clone(), model.clone());
        if let Some(shortage) = off_the_runtime(move || bench.shortage(&tried)).await {
            return Ok(Some(shortage));
        }
        self.bench.run(&model, &self.cancellation).await.map(|()| None)
    }

    fn staged(&self, manifest: &ModelManifest) -> Result<InstalledModel, InstallError> {
        let dir = self.place.staged_model()?;
        Ok(installed_model(dir, manifest, &ModelCatalog::built_in()))
    }
}

/// Notes what was downloaded, lets the model appear and deletes what it was made of. Returns the
/// files whose checksums were not known before. Blocks.
fn finish(
    place: Place,
    pins_file: &Path,
    fetched: Option<(String, Fetched)>,
) -> Result<Vec<String>, InstallError> {
    let Some((key, fetched)) = fetched else { return place.publish().map(|_| Vec::new()) };
    // Before the model is there: a model whose files nobody has noted would never be noticed.
    pins::add(pins_file, &key, fetched.pins)?;
    place.publish()?;
    fetched.stash.clear();
    Ok(fetched.newly_pinned)
}
