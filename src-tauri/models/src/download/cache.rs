//! [`DownloadCache`]: the downloaded files of one repository, until its model is installed. Kept
//! when an installation fails, so that the next one resumes; deleted after two weeks. All of it
//! blocks.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::partial::PartialDownload;
use crate::catalog::ModelId;
use crate::error::InstallError;
use crate::storage::{self, try_lock};

/// A cache that was not written to for this long is deleted.
const KEPT_FOR: Duration = Duration::from_secs(14 * 24 * 3600);
/// The file that the installation locks which uses the cache.
const LOCK: &str = ".lock";

/// A folder of downloaded files, locked by one installation at a time.
#[derive(Debug)]
pub(crate) struct DownloadCache {
    dir: PathBuf,
    _lock: File,
}

impl DownloadCache {
    /// Opens the cache of a repository's revision, for the installation of `id`.
    ///
    /// # Errors
    /// [`InstallError::Busy`] if another installation uses it.
    pub(crate) fn open(
        downloads: &Path,
        repo: &str,
        revision: &str,
        id: &ModelId,
    ) -> Result<Self, InstallError> {
        let dir = downloads.join(format!("{repo}@{revision}").replace('/', "--"));
        storage::create_dir(&dir).map_err(InstallError::disk(&dir))?;
        let path = dir.join(LOCK);
        let lock = try_lock(&path).map_err(InstallError::disk(&path))?;
        let lock = lock.ok_or_else(|| InstallError::Busy { id: id.clone() })?;
        Ok(Self { dir, _lock: lock })
    }

    /// The folder, in which files have the paths that they have in the repository.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The download of the file at `path` of the repository.
    pub(crate) fn partial(&self, path: &str) -> PartialDownload {
        PartialDownload::of(&self.dir.join(path))
    }

    /// Deletes the folder, once the model is installed.
    pub(crate) fn clear(self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(folder = %self.dir.display(), %error, "left a download behind");
        }
    }

    /// Deletes the caches that were not written to for two weeks and are not in use.
    pub(crate) fn delete_old(downloads: &Path, now: SystemTime) {
        let Ok(caches) = fs::read_dir(downloads) else { return };
        for cache in caches.flatten().map(|entry| entry.path()) {
            let age = last_modified(&cache).and_then(|modified| now.duration_since(modified).ok());
            // Locked until the folder is gone.
            let Ok(lock) = storage::create_file(&cache.join(LOCK)) else { continue };
            if age.is_some_and(|age| age > KEPT_FOR) && lock.try_lock().is_ok() {
                tracing::info!(folder = %cache.display(), "deleted an old download");
                let _ = fs::remove_dir_all(&cache);
            }
        }
    }
}

/// When a file below `dir` was last written to; `None` if there are no files.
fn last_modified(dir: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(dir).ok()?.flatten();
    let times = entries.filter_map(|entry| {
        let path = entry.path();
        if path.is_dir() { last_modified(&path) } else { entry.metadata().ok()?.modified().ok() }
    });
    times.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_found_again_and_used_by_one() {
        let downloads = tempfile::tempdir().unwrap();
        let open = || DownloadCache::open(downloads.path(), "a/b", "refs/pr/1", &"m".into());
        let cache = open().unwrap();
        fs::write(cache.dir().join("x"), "1").unwrap();
        assert!(matches!(open(), Err(InstallError::Busy { .. })), "two would write to one file");
        drop(cache);
        let cache = open().unwrap();
        assert!(cache.dir().join("x").exists(), "kept");
        cache.clear();
        assert_eq!(fs::read_dir(downloads.path()).unwrap().count(), 0);
    }

    #[test]
    fn old_caches_are_deleted() {
        let downloads = tempfile::tempdir().unwrap();
        let cache = DownloadCache::open(downloads.path(), "a/b", "main", &"m".into()).unwrap();
        fs::create_dir(cache.dir().join("sub")).unwrap();
        fs::write(cache.dir().join("sub/x.part"), "1").unwrap();
        DownloadCache::delete_old(downloads.path(), SystemTime::now() + KEPT_FOR * 2);
        assert_eq!(fs::read_dir(downloads.path()).unwrap().count(), 1, "one that is in use stays");
        drop(cache);
        DownloadCache::delete_old(downloads.path(), SystemTime::now() + KEPT_FOR / 2);
        assert_eq!(fs::read_dir(downloads.path()).unwrap().count(), 1, "a week is not old");
        DownloadCache::delete_old(downloads.path(), SystemTime::now() + KEPT_FOR * 2);
        assert_eq!(fs::read_dir(downloads.path()).unwrap().count(), 0);
    }
}
