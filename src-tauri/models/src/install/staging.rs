//! [`StagingDir`]: the folder where a model is built before it appears under its name. It is locked
//! by one installation or removal at a time, across processes.
//!
//! Below the models folder, `.installing/ID.lock` is the lock, which the system releases however
//! the process ends, and `.installing/ID/` has the unfinished files. A rename publishes them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::catalog::ModelId;
use crate::error::InstallError;
use crate::storage::{self, try_lock};

/// The folder of unfinished models; hidden, so that no scan takes it for a model.
const FOLDER: &str = ".installing";
/// The folder of the model itself in a staging folder.
const MODEL: &str = "model";

/// The right to change what is installed under one name. Dropping it deletes what was staged.
#[derive(Debug)]
pub(super) struct StagingDir {
    /// The staging folder, used by the holder of the lock alone.
    staged: PathBuf,
    /// The folder of the installed model, which need not exist yet.
    target: PathBuf,
    _lock: File,
}

impl StagingDir {
    /// Locks the name of a model below `models`. Deletes what killed processes left in the staging
    /// folders of this and other models.
    ///
    /// # Errors
    /// [`InstallError::Busy`] if the name is locked.
    pub(super) fn lock(models: &Path, id: &ModelId) -> Result<Self, InstallError> {
        let folder = models.join(FOLDER);
        storage::create_dir(&folder).map_err(InstallError::disk(&folder))?;
        let path = folder.join(format!("{id}.lock"));
        let lock = try_lock(&path).map_err(InstallError::disk(&path))?;
        let lock = lock.ok_or_else(|| InstallError::Busy { id: id.clone() })?;
        let staging = Self {
            staged: folder.join(id.as_str()),
            target: models.join(id.as_str()),
            _lock: lock,
        };
        staging.clear().map_err(InstallError::disk(&staging.staged))?;
        delete_abandoned(&folder);
        Ok(staging)
    }

    /// The folder to write the model to; its parent exists.
    pub(super) fn staged_model(&self) -> Result<PathBuf, InstallError> {
        storage::create_dir(&self.staged).map_err(InstallError::disk(&self.staged))?;
        Ok(self.staged.join(MODEL))
    }

    /// Gives the finished model its name. Its files are synced first: after a power cut the model
    /// is there as a whole or not at all.
    pub(super) fn publish(self) -> Result<PathBuf, InstallError> {
        let staged = self.staged.join(MODEL);
        sync(&staged).map_err(InstallError::disk(&staged))?;
        fs::rename(&staged, &self.target).map_err(InstallError::disk(&self.target))?;
        Ok(self.target.clone())
    }

    /// Deletes the model in `dir`, which disappears from its folder in one step.
    pub(super) fn delete(self, dir: &Path) -> io::Result<()> {
        storage::create_dir(&self.staged)?;
        fs::rename(dir, self.staged.join(MODEL))?;
        self.clear()
    }

    fn clear(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.staged) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for StagingDir {
    fn drop(&mut self) {
        if let Err(error) = self.clear() {
            tracing::warn!(folder = %self.staged.display(), %error, "an unfinished installation stays");
        }
    }
}

/// Deletes staging folders that are not locked: their processes were killed.
fn delete_abandoned(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for staged in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let Some(name) = staged.file_name().and_then(|name| name.to_str()) else { continue };
        let Ok(lock) = File::open(folder.join(format!("{name}.lock"))) else { continue };
        // Locked until the folder is gone.
        if lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(&staged);
        }
    }
}

/// Writes the files of a folder, and the folder, through to the disk, and keeps other users out.
fn sync(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        storage::make_private(&path)?;
        File::open(path)?.sync_all()?;
    }
    storage::make_private(dir)?;
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_locked_by_one_at_a_time() {
        let models = tempfile::tempdir().unwrap();
        let held = StagingDir::lock(models.path(), &"m".into()).unwrap();
        let second = StagingDir::lock(models.path(), &"m".into());
        assert!(matches!(second, Err(InstallError::Busy { .. })), "refused, not waited for");
        assert!(StagingDir::lock(models.path(), &"other".into()).is_ok(), "other names are free");
        drop(held);
        assert!(StagingDir::lock(models.path(), &"m".into()).is_ok(), "released");
    }

    #[test]
    fn a_model_appears_whole_and_an_abandoned_one_leaves_nothing() {
        let models = tempfile::tempdir().unwrap();
        let stage = |id: &str| {
            let staging = StagingDir::lock(models.path(), &id.into()).unwrap();
            let model = staging.staged_model().unwrap();
            fs::create_dir(&model).unwrap();
            fs::write(model.join("a"), "a").unwrap();
            staging
        };
        drop(stage("abandoned"));
        let dir = stage("m").publish().unwrap();
        assert_eq!(fs::read_to_string(dir.join("a")).unwrap(), "a");
        let visible = fs::read_dir(models.path()).unwrap().flatten();
        let visible: Vec<_> = visible
            .map(|entry| entry.file_name().into_string().unwrap())
            .filter(|name| !name.starts_with('.'))
            .collect();
        assert_eq!(visible, ["m"]);
        assert!(!models.path().join(".installing/abandoned").exists());
        StagingDir::lock(models.path(), &"m".into()).unwrap().delete(&dir).unwrap();
        assert!(!dir.exists() && !models.path().join(".installing/m").exists());
    }

    #[test]
    fn files_of_a_killed_process_are_deleted() {
        let models = tempfile::tempdir().unwrap();
        let left = models.path().join(".installing/m/model/.x.partial-7");
        fs::create_dir_all(&left).unwrap();
        let staging = StagingDir::lock(models.path(), &"m".into()).unwrap();
        assert!(!left.exists() && !staging.staged_model().unwrap().exists());
        fs::create_dir_all(&left).unwrap();
        let other = StagingDir::lock(models.path(), &"other".into()).unwrap();
        assert!(left.exists(), "this one is locked");
        drop(staging);
        fs::create_dir_all(&left).unwrap();
        drop(other);
        StagingDir::lock(models.path(), &"third".into()).unwrap();
        assert!(!left.exists(), "by the next installation, of any model");
    }
}
