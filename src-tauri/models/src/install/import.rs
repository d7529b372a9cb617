//! [`Import`]: from files on this disk to a staged model. A checkpoint is converted, a converted
//! model is copied and compared with its manifest. All of it blocks.

use std::io::Write;
use std::path::{Path, PathBuf};

use pounce_convert::{ConvertOptions, Progress, Step, convert, inspect};
use pounce_model_format::{ModelManifest, Quantization};
use tokio_util::sync::CancellationToken;

use crate::catalog::ModelId;
use crate::disk_space::{self, SpaceProbe};
use crate::download::checksum;
use crate::error::{ChecksumSource, InstallError};
use crate::progress::{InstallStep, Reporter};
use crate::source::is_name;
use crate::storage;

/// Files on this disk that become a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ImportSource {
    /// The folder of a checkpoint, or a GGUF file.
    Checkpoint(PathBuf),
    /// The folder of a converted model.
    Model(PathBuf),
}

impl ImportSource {
    /// What the folder has: a manifest makes it a converted model.
    pub(super) fn folder(dir: &Path) -> Self {
        if dir.join(pounce_model_format::FILE_NAME).is_file() {
            Self::Model(dir.to_owned())
        } else {
            Self::Checkpoint(dir.to_owned())
        }
    }
}

/// The import of one model.
pub(super) struct Import {
    pub(super) id: ModelId,
    pub(super) quantization: Quantization,
    /// The folder to write to, which does not exist yet.
    pub(super) out: PathBuf,
    pub(super) free_space: SpaceProbe,
    pub(super) reporter: Reporter,
    pub(super) cancellation: CancellationToken,
}

impl Import {
    /// Writes the model and returns its manifest.
    pub(super) fn run(mut self, source: &ImportSource) -> Result<ModelManifest, InstallError> {
        match source {
            ImportSource::Checkpoint(path) => self.convert(path),
            ImportSource::Model(dir) => self.copy(dir),
        }
    }

    fn convert(&mut self, source: &Path) -> Result<ModelManifest, InstallError> {
        let weights_bytes = inspect(source)?.weights_bytes;
        let is_gguf = source.is_file();
        let needed = disk_space::converted_bytes(weights_bytes, is_gguf, self.quantization);
        disk_space::check(self.free_space, &self.out, needed)?;
        self.reporter.begin(InstallStep::Converting, Some(weights_bytes));
        let options = ConvertOptions {
            quantization: self.quantization,
            id: Some(self.id.to_string()),
            ..ConvertOptions::default()
        };
        let out = self.out.clone();
        Ok(convert(source, &out, &options, self)?)
    }

    fn copy(&self, dir: &Path) -> Result<ModelManifest, InstallError> {
        let manifest = ModelManifest::load(dir).map_err(InstallError::Manifest)?;
        let size_bytes = manifest.files.values().map(|file| file.size_bytes).sum();
        disk_space::check(self.free_space, &self.out, size_bytes)?;
        storage::create_dir(&self.out).map_err(InstallError::disk(&self.out))?;
        self.reporter.begin(InstallStep::Verifying, Some(size_bytes));
        for (name, digest) in &manifest.files {
            self.reporter.file(name);
            self.copy_file(dir, name, &digest.sha256)?;
        }
        let manifest = ModelManifest { id: self.id.to_string(), ..manifest };
        manifest.save(&self.out).map_err(InstallError::disk(&self.out))?;
        Ok(manifest)
    }

    fn copy_file(&self, dir: &Path, name: &str, expected: &str) -> Result<(), InstallError> {
        // The manifest may come from anywhere: its names must not lead out of the folder.
        if !is_name(name) {
            let (what, place) = (format!("file {name:?}"), dir.display().to_string());
            return Err(InstallError::NotFound { what, place });
        }
        let (from, to) = (dir.join(name), self.out.join(name));
        let mut copy = storage::create_new_file(&to).map_err(InstallError::disk(&to))?;
        let mut on_bytes = |n| {
            self.reporter.advance(n);
            !self.cancellation.is_cancelled()
        };
        let found = checksum::copy(&from, &mut copy, &mut on_bytes);
        let found = found.and_then(|found| copy.flush().map(|()| found));
        match found.map_err(InstallError::disk(&to))? {
            None => Err(InstallError::Cancelled),
            Some(found) if found == expected => Ok(()),
            Some(found) => Err(InstallError::Checksum {
                file: from.display().to_string(),
                expected: expected.to_owned(),
                found,
                expected_by: ChecksumSource::Manifest,
            }),
        }
    }
}

/// What the converter reports to. Its steps are one step of an installation.
impl Progress for Import {
    fn begin(&mut self, _: Step, _: u64) {}

    fn advance(&mut self, bytes: u64) {
        self.reporter.advance(bytes);
    }

    fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }
}
