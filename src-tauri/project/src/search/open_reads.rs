//! [`OpenReads`]: the files that searches read at this moment.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::sync::lock;

/// A file takes less than a millisecond to read. Where one takes longer than this, its disk hangs.
const PATIENCE: Duration = Duration::from_millis(20);

/// The files that searches read at this moment. A disk that hangs holds one search of each folder that the
/// user has named: others do without what is below it, and find places elsewhere.
#[derive(Debug)]
pub(crate) struct OpenReads {
    reads: Mutex<Vec<OpenRead>>,
    patience: Duration,
}

#[derive(Debug)]
struct OpenRead {
    path: PathBuf,
    since: Instant,
}

impl Default for OpenReads {
    fn default() -> Self {
        Self::with_patience(PATIENCE)
    }
}

impl OpenReads {
    pub(crate) fn with_patience(patience: Duration) -> Self {
        Self { reads: Mutex::default(), patience }
    }

    /// Whether a file below `root` has been read for too long.
    pub(crate) fn hangs(&self, root: &Path) -> bool {
        let is_late =
            |it: &OpenRead| it.path.starts_with(root) && it.since.elapsed() >= self.patience;
        lock(&self.reads).iter().any(is_late)
    }

    /// Notes that a file is being read until the guard is dropped.
    pub(crate) fn begin(&self, path: &Path) -> Reading<'_> {
        let since = Instant::now();
        lock(&self.reads).push(OpenRead { path: path.to_owned(), since });
        Reading { reads: &self.reads, path: path.to_owned(), since }
    }
}

/// A file that is being read.
pub(crate) struct Reading<'a> {
    reads: &'a Mutex<Vec<OpenRead>>,
    path: PathBuf,
    since: Instant,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut reads = lock(self.reads);
        if let Some(at) = reads.iter().position(|it| it.path == self.path && it.since == self.since)
        {
            reads.swap_remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_hangs_while_one_of_its_files_is_read_too_long() {
        let reads = OpenReads::with_patience(Duration::ZERO);
        let (mount, home) = (Path::new("/mnt/far"), Path::new("/home"));
        let reading = reads.begin(&mount.join("a.rs"));
        assert!(reads.hangs(mount) && !reads.hangs(home), "the disk of the other folder answers");
        drop(reading);
        assert!(!reads.hangs(mount), "it has answered");
        let patient = OpenReads::default();
        let _reading = patient.begin(&mount.join("a.rs"));
        assert!(!patient.hangs(mount), "it has only begun");
    }
}
