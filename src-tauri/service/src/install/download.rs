//! [`Download`]: one file, fetched to the disk. It goes on after breaks and is not compared with any
//! checksum here.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::cancellation::Cancellation;
use super::error::{InstallError, PinnedIn};
use super::hub::{Failure, Hub, RemoteFile};
use super::partial::Partial;
use super::persistence::Persistence;
use super::progress::Reporter;
use crate::http::{HttpError, Reply, Rest};
use crate::storage::off_the_runtime;

/// Written at a time: few enough writes to hand each to another thread.
const WRITE_BYTES: usize = 1 << 20;

/// One file on its way.
pub(super) struct Download<'a> {
    pub(super) hub: &'a Hub,
    pub(super) file: RemoteFile,
    /// As the server described it; `None` if it did not say.
    pub(super) size_bytes: Option<u64>,
    pub(super) partial: Partial,
    /// Bytes of the files before it, for the progress.
    pub(super) base: u64,
    pub(super) reporter: &'a Reporter,
    pub(super) cancellation: &'a Cancellation,
}

/// How much has come over the network, and how far the file has got at best.
#[derive(Default)]
struct Tally {
    received: u64,
    best: u64,
}

impl Download<'_> {
    /// Fetches what is missing of the file; how many bytes came over the network.
    pub(super) async fn run(&self) -> Result<u64, InstallError> {
        self.reporter.file(&self.file.path);
        let (partial, size_bytes) = (self.partial.clone(), self.size_bytes);
        if off_the_runtime(move || partial.is_whole(size_bytes)).await {
            return Ok(0);
        }
        let mut tally = Tally::default();
        let mut persistence = Persistence::new(self.hub.patience, self.reporter, self.cancellation);
        loop {
            let before = tally.best;
            match self.attempt(&mut tally).await {
                Ok(()) => return Ok(tally.received),
                Err(failure) => {
                    // A server that breaks off at the same place every time gains nothing.
                    if tally.best > before {
                        persistence.succeed();
                    }
                    persistence.endure(failure).await?;
                }
            }
        }
    }

    async fn attempt(&self, tally: &mut Tally) -> Result<(), Failure> {
        let partial = self.partial.clone();
        let rest = off_the_runtime(move || partial.rest()).await;
        let reply = self.cancellation.or(self.hub.get(&self.file, rest.as_ref())).await??;
        let Some(offset) = begin_of(&reply, rest.as_ref()) else {
            // What is here does not fit what is there: the next attempt begins anew.
            let partial = self.partial.clone();
            off_the_runtime(move || partial.clear()).await;
            return Err(broken(&reply, "it has no such rest"));
        };
        self.check_size(&reply, offset)?;
        self.reporter.resume(self.base + offset);
        let sink = self.open(&reply, offset).await?;
        let n_bytes = self.stream(reply, sink, offset, tally).await?;
        if self.size_bytes.is_some_and(|expected| n_bytes > expected) {
            return Err(self.wrong_size(n_bytes).into());
        }
        let partial = self.partial.clone();
        let completed = off_the_runtime(move || partial.complete()).await;
        Ok(completed.map_err(InstallError::disk(self.partial.path()))?)
    }

    /// Writes a reply's body; the length of the file then. What has come is on the disk whatever
    /// happens.
    async fn stream(
        &self,
        mut reply: Reply,
        mut sink: Sink,
        offset: u64,
        tally: &mut Tally,
    ) -> Result<u64, Failure> {
        let mut n_bytes = offset;
        let end = loop {
            let chunk = self.reporter.while_waiting(reply.chunk());
            let chunk = match self.cancellation.or(chunk).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break Ok(()),
                Ok(Err(error)) => break Err(Failure::of(error)),
                Err(cancelled) => break Err(cancelled.into()),
            };
            let n = chunk.as_ref().len() as u64;
            n_bytes += n;
            tally.received += n;
            self.reporter.advance(n);
            sink.push(chunk.as_ref()).await?;
            if self.size_bytes.is_some_and(|expected| n_bytes > expected) {
                break Ok(());
            }
        };
        sink.flush().await?;
        tally.best = tally.best.max(n_bytes);
        end?;
        if self.size_bytes.is_some_and(|expected| n_bytes < expected) {
            return Err(broken(&reply, "it ended too early"));
        }
        Ok(n_bytes)
    }

    async fn open(&self, reply: &Reply, offset: u64) -> Result<Sink, InstallError> {
        let partial = self.partial.clone();
        let version = version_of(reply);
        let opened = off_the_runtime(move || partial.open(offset > 0, version.as_deref())).await;
        let path = self.partial.path().to_owned();
        let file = Arc::new(opened.map_err(InstallError::disk(&path))?);
        Ok(Sink { file, path, buffer: Vec::with_capacity(WRITE_BYTES) })
    }

    /// Whether the reply is of a file as long as the one that was described.
    fn check_size(&self, reply: &Reply, offset: u64) -> Result<(), InstallError> {
        let length = reply.header("content-length").and_then(|length| length.parse().ok());
        match length.map(|length: u64| offset.saturating_add(length)) {
            Some(found) if self.size_bytes.is_some_and(|expected| expected != found) => {
                Err(self.wrong_size(found))
            }
            _ => Ok(()),
        }
    }

    fn wrong_size(&self, found: u64) -> InstallError {
        InstallError::Size {
            file: self.file.path.clone(),
            expected: self.size_bytes.unwrap_or(0),
            found,
            pinned_in: PinnedIn::Server,
        }
    }
}

/// A file that is written to in large pieces, away from the tasks.
struct Sink {
    file: Arc<File>,
    path: PathBuf,
    buffer: Vec<u8>,
}

impl Sink {
    async fn push(&mut self, bytes: &[u8]) -> Result<(), InstallError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() < WRITE_BYTES { Ok(()) } else { self.flush().await }
    }

    async fn flush(&mut self) -> Result<(), InstallError> {
        let file = Arc::clone(&self.file);
        let mut buffer = std::mem::take(&mut self.buffer);
        let (buffer, written) = off_the_runtime(move || {
            let written = (&*file).write_all(&buffer);
            buffer.clear();
            (buffer, written)
        })
        .await;
        self.buffer = buffer;
        written.map_err(InstallError::disk(&self.path))
    }
}

/// Where in the file a reply's body begins: at 0, unless the rest was asked for and is sent. `None`:
/// it fits nothing.
fn begin_of(reply: &Reply, rest: Option<&Rest>) -> Option<u64> {
    match (reply.status(), rest) {
        (200, _) => Some(0),
        (206, Some(Rest { offset, validator })) => {
            let range = reply.header("content-range")?.strip_prefix("bytes ")?;
            let (begin, _) = range.split_once('-')?;
            // A cache on the way may not know the condition, and send the rest of another version.
            let is_same = version_of(reply).is_none_or(|version| version == *validator);
            (is_same && begin.parse() == Ok(*offset)).then_some(*offset)
        }
        _ => None,
    }
}

/// What the server calls this version of the file: something that it compares byte by byte, so no
/// weak entity tag.
fn version_of(reply: &Reply) -> Option<String> {
    let etag = reply.header("etag").filter(|etag| !etag.starts_with("W/"));
    etag.or_else(|| reply.header("last-modified")).map(str::to_owned)
}

fn broken(reply: &Reply, reason: &str) -> Failure {
    Failure::of(HttpError::Broken { host: reply.host(), reason: reason.to_owned() })
}
