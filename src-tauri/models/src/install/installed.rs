//! What is done with installed models: finding, removing and verifying them. All of it blocks.

use std::fs;
use std::path::{Path, PathBuf};

use pounce_model_format::ModelManifest;

use super::staging::StagingDir;
use crate::catalog::{ModelCatalog, ModelId};
use crate::download::checksum;
use crate::error::{RemoveError, VerifyError};
use crate::paths::Paths;
use crate::registry::ModelRegistry;
use crate::source::is_name;

/// The folder of the user's own models.
pub(super) fn own_folder(paths: &Paths) -> &Path {
    paths.models.first().map_or(Path::new("models"), PathBuf::as_path)
}

/// The folder of an installed model; `None` if no models folder has it.
pub(super) fn dir_of(paths: &Paths, id: &ModelId) -> Option<PathBuf> {
    let registry = ModelRegistry::scan(&paths.models, &ModelCatalog::built_in());
    registry.get(id).map(|model| model.dir.clone())
}

/// Deletes a model, or a broken one by the name of its folder. Returns the bytes of its files.
pub(super) fn remove(paths: &Paths, id: &ModelId) -> Result<u64, RemoveError> {
    let models = own_folder(paths);
    let embedded = ModelCatalog::built_in().get(id).is_some_and(|spec| spec.is_embedded());
    let dir = dir_or_broken(paths, id);
    let dir = dir.ok_or_else(|| RemoveError::NotInstalled { id: id.clone() })?;
    if embedded || dir.parent() != Some(models) {
        return Err(RemoveError::BuiltIn { id: id.clone() });
    }
    let busy = |_| RemoveError::Busy { id: id.clone() };
    let staging = StagingDir::lock(models, id).map_err(busy)?;
    let size_bytes = size_of(&dir);
    staging.delete(&dir).map_err(|reason| RemoveError::Disk { path: dir, reason })?;
    tracing::info!(%id, size_bytes, "removed");
    Ok(size_bytes)
}

/// Compares every file of a model with its manifest. Returns the bytes that were read.
pub(super) fn verify(paths: &Paths, id: &ModelId) -> Result<u64, VerifyError> {
    let dir = dir_or_broken(paths, id);
    let dir = dir.ok_or_else(|| VerifyError::NotInstalled { id: id.clone() })?;
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

/// The folder of a model, or of what is left of one among the user's own models.
fn dir_or_broken(paths: &Paths, id: &ModelId) -> Option<PathBuf> {
    let dir = dir_of(paths, id).unwrap_or_else(|| own_folder(paths).join(id.as_str()));
    (is_name(id.as_str()) && dir.is_dir()).then_some(dir)
}

fn size_of(dir: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum()
}
