//! [`Pins`]: what files turned out to be that were downloaded without a known checksum. Kept in the
//! user's data folder, as JSON that a person can read: from the first download on, another file
//! under the same name is an error.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::InstallError;
use crate::storage;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilePin {
    pub(super) size_bytes: u64,
    pub(super) sha256: String,
}

/// What is known of one repository at the revision that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RepositoryPins {
    /// The commit that the files are of; `None` where the server named none.
    pub(super) commit: Option<String>,
    /// By their paths.
    pub(super) files: BTreeMap<String, FilePin>,
}

/// The pins of all repositories, by `user/name` or `user/name@revision`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pins {
    repositories: BTreeMap<String, RepositoryPins>,
}

impl Pins {
    /// Reads the pins; none, where there is no file.
    ///
    /// # Errors
    /// [`InstallError::Pins`] if it cannot be read: nothing is downloaded unchecked then.
    pub(super) fn load(file: &Path) -> Result<Self, InstallError> {
        let damaged = |reason: String| InstallError::Pins { path: file.to_owned(), reason };
        match std::fs::read_to_string(file) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| damaged(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(damaged(error.to_string())),
        }
    }

    /// What is known of a repository.
    pub(super) fn get(&self, key: &str) -> RepositoryPins {
        self.repositories.get(key).cloned().unwrap_or_default()
    }
}

/// Adds what was downloaded to the pins file. Earlier pins stay as they are.
pub(super) fn add(file: &Path, key: &str, new: RepositoryPins) -> Result<(), InstallError> {
    let _held = storage::hold(file).map_err(InstallError::disk(file))?;
    let mut pins = Pins::load(file)?;
    let known = pins.repositories.entry(key.to_owned()).or_default();
    known.commit = known.commit.take().or(new.commit);
    for (path, pin) in new.files {
        known.files.entry(path).or_insert(pin);
    }
    storage::write_json(file, &pins).map_err(InstallError::disk(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(commit: &str, path: &str, sha256: &str) -> RepositoryPins {
        let pin = FilePin { size_bytes: 1, sha256: sha256.to_owned() };
        RepositoryPins {
            commit: Some(commit.to_owned()),
            files: BTreeMap::from([(path.to_owned(), pin)]),
        }
    }

    #[test]
    fn a_pin_is_kept_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("data/pins.json");
        assert_eq!(Pins::load(&file).unwrap(), Pins::default(), "none yet");
        add(&file, "a/b", of("c1", "x", "1111")).unwrap();
        add(&file, "a/b", of("c2", "x", "2222")).unwrap();
        add(&file, "a/b", of("c2", "y", "3333")).unwrap();
        let pins = Pins::load(&file).unwrap().get("a/b");
        assert_eq!(pins.commit.as_deref(), Some("c1"), "the first counts");
        assert_eq!(pins.files["x"].sha256, "1111");
        assert_eq!(pins.files["y"].sha256, "3333", "another file is added");
        assert_eq!(Pins::load(&file).unwrap().get("a/other"), RepositoryPins::default());
    }

    #[test]
    fn damaged_pins_are_an_error_not_a_blank_cheque() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pins.json");
        std::fs::write(&file, "{").unwrap();
        let message = Pins::load(&file).unwrap_err().to_string();
        assert!(message.contains("pins.json") && message.contains("delete"), "{message}");
    }
}
