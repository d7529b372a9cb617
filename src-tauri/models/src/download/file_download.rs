//! [`FileDownload`]: brings one file to the disk, over as many attempts as it takes. Checksums are
//! compared later.

use pounce_model_format::regular_file::FileKind;
use tokio_util::sync::CancellationToken;

use super::chunk_writer::ChunkWriter;
use super::failure::DownloadFailure;
use super::hub::Hub;
use super::partial::PartialDownload;
use super::remote_file::RemoteFile;
use super::retry::Retry;
use crate::disk_space::SpaceProbe;
use crate::error::{ChecksumSource, InstallError};
use crate::http::{HttpError, Reply, ResumePoint};
use crate::progress::Reporter;
use crate::sync::spawn_blocking;

/// The download of one file.
pub(crate) struct FileDownload<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) file: RemoteFile,
    /// The size in the server's description; `None` if it did not say.
    pub(crate) size_bytes: Option<u64>,
    pub(crate) partial: PartialDownload,
    pub(crate) free_space: SpaceProbe,
    /// Bytes of the files before it, for the progress.
    pub(crate) base: u64,
    pub(crate) reporter: &'a Reporter,
    pub(crate) cancellation: &'a CancellationToken,
}

/// Bytes over all attempts.
#[derive(Default)]
struct Tally {
    /// Received over the network.
    received: u64,
    /// The most that the file ever had.
    longest: u64,
}

impl FileDownload<'_> {
    /// Downloads what is missing of the file. Returns how many bytes came over the network.
    pub(crate) async fn run(&self) -> Result<u64, InstallError> {
        self.reporter.file(&self.file.path);
        let size_bytes = self.size_bytes;
        if size_bytes.is_some_and(|size| size > self.limit()) {
            return Err(self.too_long());
        }
        if self.on_disk(move |partial| partial.is_whole(size_bytes)).await {
            return Ok(0);
        }
        let mut tally = Tally::default();
        let mut retry = Retry::new(self.hub.retry_policy, self.reporter, self.cancellation);
        loop {
            let before = tally.longest;
            let Err(failure) = self.attempt(&mut tally).await else { return Ok(tally.received) };
            if failure.ends_download() {
                self.on_disk(|partial| partial.clear()).await;
            }
            // A server that breaks off at the same byte every time makes no progress.
            if tally.longest > before {
                retry.reset();
            }
            retry.wait_after(failure).await?;
        }
    }

    async fn attempt(&self, tally: &mut Tally) -> Result<(), DownloadFailure> {
        let resume = self.on_disk(|partial| partial.resume_point()).await;
        let reply = self.hub.get(&self.file, resume.as_ref());
        let reply = self.unless_cancelled(reply).await??;
        let Some(offset) = offset_of(&reply, resume.as_ref()) else {
            // What is on the disk does not fit what the server has: the next attempt starts over.
            self.on_disk(|partial| partial.clear()).await;
            return Err(broken(&reply, "it has no such rest"));
        };
        self.check_length(&reply, offset)?;
        self.reporter.resume(self.base + offset);
        let writer = self.open(&reply, offset).await?;
        let n_bytes = self.stream(reply, writer, offset, tally).await?;
        if n_bytes > self.limit() {
            return Err(self.too_long().into());
        }
        if self.size_bytes.is_some_and(|expected| n_bytes > expected) {
            return Err(self.wrong_size(n_bytes).into());
        }
        let completed = self.on_disk(|partial| partial.complete()).await;
        Ok(completed.map_err(InstallError::disk(self.partial.path()))?)
    }

    /// Writes a reply's body after `offset` bytes, and returns the length of the file then. What
    /// was received is on the disk even if this fails.
    async fn stream(
        &self,
        mut reply: Reply,
        mut writer: ChunkWriter,
        offset: u64,
        tally: &mut Tally,
    ) -> Result<u64, DownloadFailure> {
        let mut n_bytes = offset;
        let end = loop {
            let chunk = self.reporter.while_waiting(reply.chunk());
            let chunk = match self.unless_cancelled(chunk).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break Ok::<_, DownloadFailure>(()),
                Ok(Err(error)) => break Err(error.into()),
                Err(cancelled) => break Err(cancelled.into()),
            };
            let n = chunk.as_ref().len() as u64;
            n_bytes += n;
            tally.received += n;
            self.reporter.advance(n);
            writer.push(chunk.as_ref()).await?;
            if n_bytes > self.size_bytes.unwrap_or(self.limit()) {
                break Ok(());
            }
        };
        writer.flush().await?;
        tally.longest = tally.longest.max(n_bytes);
        end?;
        if self.size_bytes.is_some_and(|expected| n_bytes < expected) {
            return Err(broken(&reply, "it ended too early"));
        }
        Ok(n_bytes)
    }

    async fn open(&self, reply: &Reply, offset: u64) -> Result<ChunkWriter, InstallError> {
        let version = version_of(reply);
        let opened =
            self.on_disk(move |partial| partial.open(offset > 0, version.as_deref())).await;
        let path = self.partial.path().to_owned();
        let file = opened.map_err(InstallError::disk(&path))?;
        Ok(ChunkWriter::new(file, path, self.free_space))
    }

    /// Runs blocking work on the partial download.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PartialDownload) -> T + Send + 'static,
    ) -> T {
        let partial = self.partial.clone();
        spawn_blocking(move || work(&partial)).await
    }

    async fn unless_cancelled<T>(&self, work: impl Future<Output = T>) -> Result<T, InstallError> {
        self.cancellation.run_until_cancelled(work).await.ok_or(InstallError::Cancelled)
    }

    /// Checks that the reply belongs to a file of the described length.
    fn check_length(&self, reply: &Reply, offset: u64) -> Result<(), InstallError> {
        let length = reply.header("content-length").and_then(|length| length.parse().ok());
        match length.map(|length: u64| offset.saturating_add(length)) {
            Some(found) if self.size_bytes.is_some_and(|expected| expected != found) => {
                Err(self.wrong_size(found))
            }
            _ => Ok(()),
        }
    }

    /// The most bytes that a file of this kind may have.
    fn limit(&self) -> u64 {
        FileKind::of(&self.file.path).max_bytes()
    }

    fn too_long(&self) -> InstallError {
        InstallError::TooLong { file: self.file.path.clone(), limit: self.limit() }
    }

    fn wrong_size(&self, found: u64) -> InstallError {
        InstallError::Size {
            file: self.file.path.clone(),
            expected: self.size_bytes.unwrap_or(0),
            found,
            expected_by: ChecksumSource::Server,
        }
    }
}

/// The offset of a reply's body in the file: 0, or that of `resume` if the server sends what
/// follows it. `None` if the body fits neither.
fn offset_of(reply: &Reply, resume: Option<&ResumePoint>) -> Option<u64> {
    match (reply.status(), resume) {
        (200, _) => Some(0),
        (206, Some(ResumePoint { offset, validator })) => {
            let range = reply.header("content-range")?.strip_prefix("bytes ")?;
            let (begin, _) = range.split_once('-')?;
            // A cache in between may ignore `If-Range` and send the rest of another version.
            let is_same = version_of(reply).is_none_or(|version| version == *validator);
            (is_same && begin.parse() == Ok(*offset)).then_some(*offset)
        }
        _ => None,
    }
}

/// The server's name for this version of the file. Weak entity tags do not count, since `If-Range`
/// compares byte by byte.
fn version_of(reply: &Reply) -> Option<String> {
    let etag = reply.header("etag").filter(|etag| !etag.starts_with("W/"));
    etag.or_else(|| reply.header("last-modified")).map(str::to_owned)
}

fn broken(reply: &Reply, reason: &str) -> DownloadFailure {
    HttpError::Broken { host: reply.host(), reason: reason.to_owned() }.into()
}
