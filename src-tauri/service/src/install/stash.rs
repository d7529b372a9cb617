//! [`Stash`]: what has been downloaded of one repository, until its model is installed. Kept when an
//! installation fails, so that the next one goes on; cleared with age. Blocks.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::InstallError;
use crate::catalog::ModelId;

/// What nobody has touched for so long is not gone on with.
const KEPT_FOR: Duration = Duration::from_secs(14 * 24 * 3600);
/// Held by the installation that uses a stash.
const LOCK: &str = ".lock";

/// A folder of downloaded files, for one installation at a time.
#[derive(Debug)]
pub(super) struct Stash {
    dir: PathBuf,
    _lock: File,
}

impl Stash {
    /// Opens the stash of a repository's revision, for the installation of `id`.
    pub(super) fn open(
        downloads: &Path,
        repo: &str,
        revision: &str,
        id: &ModelId,
    ) -> Result<Self, InstallError> {
        let dir = downloads.join(format!("{repo}@{revision}").replace('/', "--"));
        fs::create_dir_all(&dir).map_err(InstallError::disk(&dir))?;
        let path = dir.join(LOCK);
        let lock = File::create(&path).map_err(InstallError::disk(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(InstallError::Busy { id: id.clone() }),
            Err(TryLockError::Error(error)) => Err(InstallError::disk(&path)(error)),
        }
    }

    /// The folder: as in the repository.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Deletes it: its model is installed.
    pub(super) fn clear(self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(folder = %self.dir.display(), %error, "left a download behind");
        }
    }
}

/// Deletes the stashes that nobody has touched for two weeks, and nobody uses.
pub(super) fn clean(downloads: &Path, now: SystemTime) {
    let Ok(stashes) = fs::read_dir(downloads) else { return };
    for stash in stashes.flatten().map(|entry| entry.path()) {
        let age = newest(&stash).and_then(|touched| now.duration_since(touched).ok());
        // Held until the folder is gone.
        let Ok(lock) = File::create(stash.join(LOCK)) else { continue };
        if age.is_some_and(|age| age > KEPT_FOR) && lock.try_lock().is_ok() {
            tracing::info!(folder = %stash.display(), "deleted an old download");
            let _ = fs::remove_dir_all(&stash);
        }
    }
}

/// When anything in a folder was last written to.
fn newest(dir: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(dir).ok()?.flatten();
    let times = entries.filter_map(|entry| {
        let path = entry.path();
        if path.is_dir() { newest(&path) } else { entry.metadata().ok()?.modified().ok() }
    });
    times.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stash_is_found_again_and_held_by_one() {
        let downloads = tempfile::tempdir().unwrap();
        let open = || Stash::open(downloads.path(), "a/b", "refs/pr/1", &"m".into());
        let stash = open().unwrap();
        fs::write(stash.dir().join("x"), "1").unwrap();
        assert!(matches!(open(), Err(InstallError::Busy { .. })), "two would write one file");
        drop(stash);
        let stash = open().unwrap();
        assert!(stash.dir().join("x").exists(), "kept");
        stash.clear();
        assert_eq!(fs::read_dir(downloads.path()).unwrap().count(), 0);
    }

    #[test]
    fn old_stashes_are_deleted() {
        let downloads = tempfile::tempdir().unwrap();
        let stash = Stash::open(downloads.path(), "a/b", "main", &"m".into()).unwrap();
        fs::create_dir(stash.dir().join("sub")).unwrap();
        fs::write(stash.dir().join("sub/x.part"), "1").unwrap();
        clean(downloads.path(), SystemTime::now() + KEPT_FOR * 2);
        assert_eq!(fs::read_dir(downloads.path()).unwrap().count(), 1, "one that is in use stays");
        drop(stash);
        clean(downloads.path(), SystemTime::now() + KEPT_FOR / 2);
        assert_eq!(fs::read_dir(downloads.path()).unwrap().count(), 1, "a week is not old");
        clean(downloads.path(), SystemTime::now() + KEPT_FOR * 2);
        assert_eq!(fs::read_dir(downloads.path()).unwrap().count(), 0);
    }
}
