//! [`ModelFetch`]: from a repository to files on this disk that are the expected ones.
//!
//! First the server describes every file, which costs a request each: names, sizes and free space
//! are checked before anything is downloaded, except for an index of shards. Then the files are
//! downloaded one after the other. At last each is compared with all that is known of it: by the
//! catalogue, by the user's lock file, by the server.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use pounce_model_format::Quantization;

use super::checkpoint_files::{CheckpointFiles, FoundFile};
use super::discovery::discover;
use super::expected_files::ExpectedFiles;
use super::repository_access::RepositoryAccess;
use super::shards::add_shards;
use crate::catalog::ModelId;
use crate::disk_space::{self, RESERVE_BYTES};
use crate::download::{ChecksumLock, DownloadCache, LockedFile, LockedRepository};
use crate::error::InstallError;
use crate::paths::Paths;
use crate::progress::InstallStep;
use crate::sync::spawn_blocking;

/// The download of one model's files.
pub(crate) struct ModelFetch<'a> {
    pub(crate) id: &'a ModelId,
    pub(crate) files: &'a CheckpointFiles,
    pub(crate) repository: RepositoryAccess<'a>,
    /// How the model will be converted: decides how much free space is needed.
    pub(crate) quantization: Quantization,
    pub(crate) paths: &'a Paths,
}

/// Downloaded files, which are the expected ones.
pub(crate) struct Fetched {
    /// The folder of the checkpoint, or the GGUF file.
    pub(crate) checkpoint: PathBuf,
    pub(crate) cache: DownloadCache,
    /// Bytes that came over the network.
    pub(crate) received_bytes: u64,
    /// The repository's key in the checksum lock file.
    pub(crate) lock_key: String,
    /// What goes into the checksum lock file.
    pub(crate) locked: LockedRepository,
    /// The files of which no checksum was known before.
    pub(crate) newly_locked: Vec<String>,
}

impl ModelFetch<'_> {
    /// Finds, downloads and compares the files.
    pub(crate) async fn run(&self) -> Result<Fetched, InstallError> {
        let lock_file = self.paths.checksum_lock_file();
        let (file, lock_key) = (lock_file.clone(), self.files.lock_key());
        let locked = spawn_blocking(move || ChecksumLock::load(&file)).await?.get(&lock_key);
        let expected = ExpectedFiles { files: self.files, locked: &locked, lock_file: &lock_file };
        let begin = self.files.revision(&locked);
        let (revision, mut found) = discover(&self.repository, self.files, begin).await?;
        found.iter().try_for_each(|file| expected.check_size(file))?;
        let cache = self.open_cache(&revision).await?;
        let index_bytes =
            add_shards(&self.repository, &cache, &revision, &mut found, &expected).await?;
        self.check_space(&cache, &found)?;
        let received_bytes = index_bytes + self.download(&cache, &revision, &found).await?;
        let files = self.verify(&cache, &found, &expected).await?;
        let newly_locked = files.keys().filter(|path| !expected.has_sum(path)).cloned().collect();
        let checkpoint = match self.files.gguf() {
            Some(file) => cache.dir().join(file),
            None => cache.dir().to_owned(),
        };
        let is_commit =
            found.iter().any(|file| file.description.commit.as_ref() == Some(&revision));
        let locked = LockedRepository { commit: is_commit.then_some(revision), files };
        Ok(Fetched { checkpoint, cache, received_bytes, lock_key, locked, newly_locked })
    }

    async fn open_cache(&self, revision: &str) -> Result<DownloadCache, InstallError> {
        let downloads = self.paths.downloads_dir();
        let (repo, revision) = (self.files.repo.clone(), revision.to_owned());
        let id = self.id.clone();
        spawn_blocking(move || {
            DownloadCache::delete_old(&downloads, SystemTime::now());
            DownloadCache::open(&downloads, &repo, &revision, &id)
        })
        .await
    }

    /// Checks that the remaining downloads and the converted model fit on the disk.
    fn check_space(&self, cache: &DownloadCache, found: &[FoundFile]) -> Result<(), InstallError> {
        let total = total_bytes(found).unwrap_or(0);
        let present: u64 = found.iter().map(|file| cache.partial(&file.path).size_bytes()).sum();
        let is_gguf = self.files.gguf().is_some();
        let converted = disk_space::converted_bytes(total, is_gguf, self.quantization);
        let needed = total.saturating_sub(present).saturating_add(converted);
        let needed = needed.saturating_add(RESERVE_BYTES);
        disk_space::check(self.repository.free_space, cache.dir(), needed)
    }

    /// Downloads all files. Returns how many bytes came over the network.
    async fn download(
        &self,
        cache: &DownloadCache,
        revision: &str,
        found: &[FoundFile],
    ) -> Result<u64, InstallError> {
        let reporter = self.repository.reporter;
        reporter.begin(InstallStep::Downloading, total_bytes(found));
        let (mut base, mut received_bytes) = (0, 0);
        for file in found {
            received_bytes += self.repository.download(cache, revision, file, base).await?;
            let partial = cache.partial(&file.path);
            base += spawn_blocking(move || partial.size_bytes()).await;
            reporter.resume(base);
        }
        Ok(received_bytes)
    }

    /// Compares every file with what is known of it. A file that is wrong is deleted: the next
    /// installation downloads it again.
    async fn verify(
        &self,
        cache: &DownloadCache,
        found: &[FoundFile],
        expected: &ExpectedFiles<'_>,
    ) -> Result<BTreeMap<String, LockedFile>, InstallError> {
        let reporter = self.repository.reporter;
        reporter.begin(InstallStep::Verifying, total_bytes(found));
        let mut files = BTreeMap::new();
        for file in found {
            reporter.file(&file.path);
            let digest = self.repository.digest(cache.dir().join(&file.path)).await?;
            if let Err(error) = expected.check_sum(file, &digest.sha256) {
                let partial = cache.partial(&file.path);
                spawn_blocking(move || partial.clear()).await;
                return Err(error);
            }
            files.insert(file.path.clone(), digest);
        }
        Ok(files)
    }
}

/// Bytes of all files; `None` if the server does not say.
fn total_bytes(found: &[FoundFile]) -> Option<u64> {
    found.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.description.size_bytes?))
}
