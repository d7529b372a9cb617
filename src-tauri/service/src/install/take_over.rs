//! From something on this disk to a staged model: a checkpoint is converted, a model that was
//! converted elsewhere is copied and compared with its manifest. Blocks.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use pounce_convert::{ConvertOptions, convert, inspect};
use pounce_model_format::{ModelManifest, Quantization};

use super::cancellation::Cancellation;
use super::error::{InstallError, PinnedIn};
use super::model_source::is_name;
use super::progress::{Conversion, InstallStep, Reporter};
use super::space::SpaceProbe;
use super::{checksum, space};
use crate::catalog::ModelId;

/// Something on this disk that becomes a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Material {
    /// A checkpoint's folder, or a GGUF file.
    Checkpoint(PathBuf),
    /// The folder of a model that was converted elsewhere.
    Model(PathBuf),
}

impl Material {
    /// What a folder is.
    pub(super) fn folder(dir: &Path) -> Self {
        if dir.join(pounce_model_format::FILE_NAME).is_file() {
            Self::Model(dir.to_owned())
        } else {
            Self::Checkpoint(dir.to_owned())
        }
    }
}

/// What becomes of it, and who is told.
pub(super) struct TakeOver {
    pub(super) id: ModelId,
    pub(super) quantization: Quantization,
    /// Does not exist yet.
    pub(super) out: PathBuf,
    pub(super) free_space: SpaceProbe,
    pub(super) reporter: Reporter,
    pub(super) cancellation: Cancellation,
}

impl TakeOver {
    pub(super) fn run(&self, material: &Material) -> Result<ModelManifest, InstallError> {
        match material {
            Material::Checkpoint(source) => self.convert(source),
            Material::Model(dir) => self.copy(dir),
        }
    }

    fn convert(&self, source: &Path) -> Result<ModelManifest, InstallError> {
        let inspection = inspect(source)?;
        let needed =
            space::of_converted(inspection.weights_bytes, source.is_file(), self.quantization);
        space::check(self.free_space, &self.out, needed)?;
        self.reporter.begin(InstallStep::Converting, Some(inspection.weights_bytes));
        let options = ConvertOptions {
            quantization: self.quantization,
            id: Some(self.id.to_string()),
            ..ConvertOptions::default()
        };
        let mut progress =
            Conversion { reporter: self.reporter.clone(), cancellation: self.cancellation.clone() };
        Ok(convert(source, &self.out, &options, &mut progress)?)
    }

    fn copy(&self, dir: &Path) -> Result<ModelManifest, InstallError> {
        let manifest = ModelManifest::load(dir).map_err(InstallError::Manifest)?;
        let size_bytes = manifest.files.values().map(|file| file.size_bytes).sum();
        space::check(self.free_space, &self.out, size_bytes)?;
        std::fs::create_dir_all(&self.out).map_err(InstallError::disk(&self.out))?;
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
        // The manifest may be anybody's.
        if !is_name(name) {
            let (what, place) = (format!("file {name:?}"), dir.display().to_string());
            return Err(InstallError::NotFound { what, place });
        }
        let (from, to) = (dir.join(name), self.out.join(name));
        let mut copy = File::create_new(&to).map_err(InstallError::disk(&to))?;
        let mut on_bytes = |n| {
            self.reporter.advance(n);
            !self.cancellation.is_asked()
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
                pinned_in: PinnedIn::Manifest,
            }),
        }
    }
}
