//! [`RepositoryAccess`]: describes, downloads and digests single files of a repository.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::checkpoint_files::FoundFile;
use crate::disk_space::SpaceProbe;
use crate::download::{
    DownloadCache, FileDescription, FileDownload, Hub, LockedFile, RemoteFile, Retry, checksum,
};
use crate::error::InstallError;
use crate::progress::Reporter;
use crate::sync::spawn_blocking;

/// A repository, and how an installation reports what it does there.
#[derive(Clone, Copy)]
pub(crate) struct RepositoryAccess<'a> {
    pub(crate) hub: &'a Hub,
    /// `user/name`.
    pub(crate) repo: &'a str,
    pub(crate) free_space: SpaceProbe,
    pub(crate) reporter: &'a Reporter,
    pub(crate) cancellation: &'a CancellationToken,
}

impl RepositoryAccess<'_> {
    /// Asks the server for the description of a file.
    pub(super) async fn describe(
        &self,
        path: &str,
        revision: &str,
    ) -> Result<FileDescription, InstallError> {
        let file = self.remote(path, revision);
        let mut retry = Retry::new(self.hub.retry_policy, self.reporter, self.cancellation);
        loop {
            let described = self.cancellation.run_until_cancelled(self.hub.describe(&file)).await;
            match described.unwrap_or(Err(InstallError::Cancelled.into())) {
                Ok(description) => return Ok(description),
                Err(failure) => retry.wait_after(failure).await?,
            }
        }
    }

    /// Downloads one file, after `base` bytes of others. Returns how many bytes came over the
    /// network.
    pub(super) async fn download(
        &self,
        cache: &DownloadCache,
        revision: &str,
        file: &FoundFile,
        base: u64,
    ) -> Result<u64, InstallError> {
        let download = FileDownload {
            hub: self.hub,
            file: self.remote(&file.path, revision),
            size_bytes: file.description.size_bytes,
            partial: cache.partial(&file.path),
            free_space: self.free_space,
            base,
            reporter: self.reporter,
            cancellation: self.cancellation,
        };
        download.run().await
    }

    /// Computes size and checksum of a file on this disk.
    pub(super) async fn digest(&self, path: PathBuf) -> Result<LockedFile, InstallError> {
        let (reporter, cancellation) = (self.reporter.clone(), self.cancellation.clone());
        spawn_blocking(move || {
            let mut size_bytes = 0;
            let mut on_bytes = |n| {
                size_bytes += n;
                reporter.advance(n);
                !cancellation.is_cancelled()
            };
            let sha256 = checksum::of_file(&path, &mut on_bytes).map_err(InstallError::disk(&path));
            let sha256 = sha256?.ok_or(InstallError::Cancelled)?;
            Ok(LockedFile { size_bytes, sha256 })
        })
        .await
    }

    fn remote(&self, path: &str, revision: &str) -> RemoteFile {
        RemoteFile {
            repo: self.repo.to_owned(),
            revision: revision.to_owned(),
            path: path.to_owned(),
        }
    }
}
