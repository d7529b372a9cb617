//! [`Origin`]: where the files of a model are, once its source has been looked up.

use std::path::Path;

use super::fetch::CheckpointFiles;
use super::import::ImportSource;
use crate::catalog::ModelCatalog;
use crate::error::InstallError;
use crate::source::ModelSource;

/// Where the files of a model are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// On this disk.
    Disk(ImportSource),
    /// In a repository.
    Repository(CheckpointFiles),
}

impl Origin {
    /// Looks up a source.
    ///
    /// # Errors
    /// The catalogue does not know it, it is part of the program, or there is no such file.
    pub(super) fn of(source: &ModelSource, catalog: &ModelCatalog) -> Result<Self, InstallError> {
        match source {
            ModelSource::Folder(dir) => {
                check_exists("folder", dir, dir.is_dir())?;
                Ok(Self::Disk(ImportSource::folder(dir)))
            }
            ModelSource::File(file) => {
                check_exists("file", file, file.is_file())?;
                Ok(Self::Disk(ImportSource::Checkpoint(file.clone())))
            }
            ModelSource::Repository(repository) => {
                Ok(Self::Repository(CheckpointFiles::of_repository(repository)))
            }
            ModelSource::Catalogue(id) => {
                let unknown = || InstallError::Unknown { name: id.to_string() };
                let spec = catalog.get(id).ok_or_else(unknown)?;
                let files = spec.source.as_ref().map(CheckpointFiles::of_source);
                let built_in = || InstallError::Installed { id: id.clone() };
                files.map(Self::Repository).ok_or_else(built_in)
            }
        }
    }

    /// The folder of a model whose graphs were not built here; `None` for all other sources.
    pub(super) fn brings_graphs(&self) -> Option<&Path> {
        match self {
            Self::Disk(ImportSource::Model(dir)) => Some(dir),
            Self::Disk(ImportSource::Checkpoint(_)) | Self::Repository(_) => None,
        }
    }
}

fn check_exists(what: &str, path: &Path, exists: bool) -> Result<(), InstallError> {
    let place = path.display().to_string();
    if exists { Ok(()) } else { Err(InstallError::NotFound { what: what.to_owned(), place }) }
}
