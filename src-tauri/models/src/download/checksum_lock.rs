//! [`ChecksumLock`]: the checksums of files that were downloaded, for those that the catalogue has
//! none of. After the first download, another file under the same name is an error. The lock file
//! is in the user's data folder, as JSON that a person can read.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::InstallError;
use crate::storage;

/// Size and checksum of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedFile {
    pub(crate) size_bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub(crate) sha256: String,
}

/// The files of one repository at the revision that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockedRepository {
    /// The commit of the files; `None` if the server named none.
    pub(crate) commit: Option<String>,
    /// Files by their paths in the repository.
    pub(crate) files: BTreeMap<String, LockedFile>,
}

/// All repositories, by `user/name` or `user/name@revision`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChecksumLock {
    repositories: BTreeMap<String, LockedRepository>,
}

impl ChecksumLock {
    /// Reads the lock file. Without one, nothing is locked.
    ///
    /// # Errors
    /// [`InstallError::LockFile`] if it cannot be read, so that nothing is downloaded unchecked.
    pub(crate) fn load(file: &Path) -> Result<Self, InstallError> {
        let damaged = |reason: String| InstallError::LockFile { path: file.to_owned(), reason };
        match std::fs::read_to_string(file) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| damaged(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(damaged(error.to_string())),
        }
    }

    /// The files of a repository; empty if none of them was downloaded before.
    pub(crate) fn get(&self, key: &str) -> LockedRepository {
        self.repositories.get(key).cloned().unwrap_or_default()
    }

    /// Adds downloaded files to the lock file. Earlier entries stay as they are.
    ///
    /// # Errors
    /// The lock file cannot be read or written.
    pub(crate) fn add(file: &Path, key: &str, new: LockedRepository) -> Result<(), InstallError> {
        let _held = storage::lock_for_update(file).map_err(InstallError::disk(file))?;
        let mut lock = ChecksumLock::load(file)?;
        let known = lock.repositories.entry(key.to_owned()).or_default();
        known.commit = known.commit.take().or(new.commit);
        for (path, locked) in new.files {
            known.files.entry(path).or_insert(locked);
        }
        storage::write_json(file, &lock).map_err(InstallError::disk(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(commit: &str, path: &str, sha256: &str) -> LockedRepository {
        let locked = LockedFile { size_bytes: 1, sha256: sha256.to_owned() };
        LockedRepository {
            commit: Some(commit.to_owned()),
            files: BTreeMap::from([(path.to_owned(), locked)]),
        }
    }

    #[test]
    fn an_entry_is_kept_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("data/pins.json");
        assert_eq!(ChecksumLock::load(&file).unwrap(), ChecksumLock::default(), "none yet");
        ChecksumLock::add(&file, "a/b", of("c1", "x", "1111")).unwrap();
        ChecksumLock::add(&file, "a/b", of("c2", "x", "2222")).unwrap();
        ChecksumLock::add(&file, "a/b", of("c2", "y", "3333")).unwrap();
        let locked = ChecksumLock::load(&file).unwrap().get("a/b");
        assert_eq!(locked.commit.as_deref(), Some("c1"), "the first counts");
        assert_eq!(locked.files["x"].sha256, "1111");
        assert_eq!(locked.files["y"].sha256, "3333", "another file is added");
        assert_eq!(ChecksumLock::load(&file).unwrap().get("a/other"), LockedRepository::default());
    }

    #[test]
    fn a_damaged_lock_file_is_an_error_not_a_free_pass() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pins.json");
        std::fs::write(&file, "{").unwrap();
        let message = ChecksumLock::load(&file).unwrap_err().to_string();
        assert!(message.contains("pins.json") && message.contains("delete"), "{message}");
    }
}
