//! [`Place`]: where a model is made ready before it appears under its name, held by one
//! installation or removal at a time, also among several processes.
//!
//! Below the models folder: `.installing/ID.lock` is the lock, which the system releases whenever
//! the process ends, and `.installing/ID/` what is not done yet. A rename puts it in its place.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::InstallError;
use crate::catalog::ModelId;

/// The folder of what is not done; hidden, so that no scan takes it for a model.
const FOLDER: &str = ".installing";
/// The model itself, below a place's folder.
const MODEL: &str = "model";

/// The right to change what is installed under one name. Dropping it clears the folder.
#[derive(Debug)]
pub(super) struct Place {
    /// What is not done yet; nobody else's.
    staged: PathBuf,
    /// Where the model is, or will be.
    target: PathBuf,
    _lock: File,
}

impl Place {
    /// Takes the place of a model below `models`. What earlier processes left there that were
    /// killed, of this or another model, is cleared.
    pub(super) fn take(models: &Path, id: &ModelId) -> Result<Self, InstallError> {
        let folder = models.join(FOLDER);
        fs::create_dir_all(&folder).map_err(InstallError::disk(&folder))?;
        let path = folder.join(format!("{id}.lock"));
        let lock = File::create(&path).map_err(InstallError::disk(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(InstallError::Busy { id: id.clone() }),
            Err(TryLockError::Error(error)) => return Err(InstallError::disk(&path)(error)),
        }
        let place = Self {
            staged: folder.join(id.as_str()),
            target: models.join(id.as_str()),
            _lock: lock,
        };
        place.clear().map_err(InstallError::disk(&place.staged))?;
        sweep(&folder);
        Ok(place)
    }

    /// The folder to write the model to; its parent exists.
    pub(super) fn staged_model(&self) -> Result<PathBuf, InstallError> {
        fs::create_dir_all(&self.staged).map_err(InstallError::disk(&self.staged))?;
        Ok(self.staged.join(MODEL))
    }

    /// Gives the finished model its name. Written through to the disk first: after a power cut it
    /// is there as a whole or not at all.
    pub(super) fn publish(self) -> Result<PathBuf, InstallError> {
        let staged = self.staged.join(MODEL);
        sync(&staged).map_err(InstallError::disk(&staged))?;
        fs::rename(&staged, &self.target).map_err(InstallError::disk(&self.target))?;
        Ok(self.target.clone())
    }

    /// Takes a model away in one step, then deletes it.
    pub(super) fn delete(self, dir: &Path) -> io::Result<()> {
        fs::create_dir_all(&self.staged)?;
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

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = self.clear() {
            tracing::warn!(folder = %self.staged.display(), %error, "left something half done");
        }
    }
}

/// Clears what nobody holds: its process was killed.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for staged in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let Some(name) = staged.file_name().and_then(|name| name.to_str()) else { continue };
        let Ok(lock) = File::open(folder.join(format!("{name}.lock"))) else { continue };
        // Held until the folder is gone.
        if lock.try_lock().is_ok() {
            let _ = fs::remove_dir_all(&staged);
        }
    }
}

/// Has the system write a folder's files to the disk.
fn sync(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        File::open(entry?.path())?.sync_all()?;
    }
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_held_by_one_at_a_time() {
        let models = tempfile::tempdir().unwrap();
        let held = Place::take(models.path(), &"m".into()).unwrap();
        let second = Place::take(models.path(), &"m".into());
        assert!(matches!(second, Err(InstallError::Busy { .. })), "refused, not waited for");
        assert!(Place::take(models.path(), &"other".into()).is_ok(), "others are free");
        drop(held);
        assert!(Place::take(models.path(), &"m".into()).is_ok(), "given back");
    }

    #[test]
    fn a_model_appears_whole_and_what_is_given_up_leaves_nothing() {
        let models = tempfile::tempdir().unwrap();
        let stage = |id: &str| {
            let place = Place::take(models.path(), &id.into()).unwrap();
            let model = place.staged_model().unwrap();
            fs::create_dir(&model).unwrap();
            fs::write(model.join("a"), "a").unwrap();
            place
        };
        drop(stage("given-up"));
        let dir = stage("m").publish().unwrap();
        assert_eq!(fs::read_to_string(dir.join("a")).unwrap(), "a");
        let visible = fs::read_dir(models.path()).unwrap().flatten();
        let visible: Vec<_> = visible
            .map(|entry| entry.file_name().into_string().unwrap())
            .filter(|name| !name.starts_with('.'))
            .collect();
        assert_eq!(visible, ["m"]);
        assert!(!models.path().join(".installing/given-up").exists());
        Place::take(models.path(), &"m".into()).unwrap().delete(&dir).unwrap();
        assert!(!dir.exists() && !models.path().join(".installing/m").exists());
    }

    #[test]
    fn what_a_killed_process_left_is_cleared() {
        let models = tempfile::tempdir().unwrap();
        let left = models.path().join(".installing/m/model/.x.partial-7");
        fs::create_dir_all(&left).unwrap();
        let place = Place::take(models.path(), &"m".into()).unwrap();
        assert!(!left.exists() && !place.staged_model().unwrap().exists());
        fs::create_dir_all(&left).unwrap();
        let other = Place::take(models.path(), &"other".into()).unwrap();
        assert!(left.exists(), "this one is held");
        drop(place);
        fs::create_dir_all(&left).unwrap();
        drop(other);
        Place::take(models.path(), &"third".into()).unwrap();
        assert!(!left.exists(), "whichever model is installed next");
    }
}
