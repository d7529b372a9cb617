//! [`ExpectedFiles`]: what is known of files before they are downloaded.

use std::path::Path;

use super::checkpoint_files::{CheckpointFiles, FoundFile};
use crate::download::LockedRepository;
use crate::error::{ChecksumSource, InstallError};

/// Sizes and checksums from the catalogue and from the user's lock file.
pub(super) struct ExpectedFiles<'a> {
    pub(super) files: &'a CheckpointFiles,
    pub(super) locked: &'a LockedRepository,
    pub(super) lock_file: &'a Path,
}

impl ExpectedFiles<'_> {
    /// Whether a checksum is known of the file, apart from what its server says.
    pub(super) fn has_sum(&self, path: &str) -> bool {
        self.sums(path).next().is_some()
    }

    /// Compares a file's checksum with all that are known, those of its server included.
    ///
    /// # Errors
    /// [`InstallError::Checksum`].
    pub(super) fn check_sum(&self, file: &FoundFile, found: &str) -> Result<(), InstallError> {
        let server = file.description.sha256.as_deref().map(|sum| (sum, ChecksumSource::Server));
        let wrong = self.sums(&file.path).chain(server).find(|(sum, _)| *sum != found);
        let Some((expected, expected_by)) = wrong else { return Ok(()) };
        Err(InstallError::Checksum {
            file: file.path.clone(),
            expected: expected.to_owned(),
            found: found.to_owned(),
            expected_by,
        })
    }

    /// Compares the size that the server describes: a file of another size is rejected before it is
    /// downloaded.
    ///
    /// # Errors
    /// [`InstallError::Size`].
    pub(super) fn check_size(&self, file: &FoundFile) -> Result<(), InstallError> {
        let Some(found) = file.description.size_bytes else { return Ok(()) };
        let wrong = self.sizes(&file.path).find(|(size, _)| *size != found);
        let Some((expected, expected_by)) = wrong else { return Ok(()) };
        Err(InstallError::Size { file: file.path.clone(), expected, found, expected_by })
    }

    fn sums(&self, path: &str) -> impl Iterator<Item = (&str, ChecksumSource)> {
        let catalogue = self.files.known(path).and_then(|file| file.sha256.as_deref());
        let locked = self.locked.files.get(path).map(|file| file.sha256.as_str());
        self.with_sources(catalogue, locked)
    }

    fn sizes(&self, path: &str) -> impl Iterator<Item = (u64, ChecksumSource)> {
        let catalogue = self.files.known(path).and_then(|file| file.size_bytes);
        let locked = self.locked.files.get(path).map(|file| file.size_bytes);
        self.with_sources(catalogue, locked)
    }

    fn with_sources<T>(
        &self,
        catalogue: Option<T>,
        locked: Option<T>,
    ) -> impl Iterator<Item = (T, ChecksumSource)> + use<T> {
        let lock_file = ChecksumSource::LockFile(self.lock_file.to_owned());
        let catalogue = catalogue.map(|value| (value, ChecksumSource::Catalogue));
        catalogue.into_iter().chain(locked.map(|value| (value, lock_file)))
    }
}
