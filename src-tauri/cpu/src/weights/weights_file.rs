//! [`WeightsFile`]: the bytes of a model's tensors, read piece by piece.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use pounce_model_format::regular_file::{self, FileKind};

/// An open file of weights.
pub(super) struct WeightsFile {
    /// Locked from moving to a position until reading there.
    file: Mutex<File>,
    /// Its length in bytes when it was opened, which bounds what is allocated.
    len: usize,
}

impl WeightsFile {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// There is no such file, or it is no regular one.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = regular_file::open(path, FileKind::Weights)?;
        let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        Ok(Self { file: Mutex::new(file), len })
    }

    /// Copies the bytes of `range`; `None` if they are not all there.
    pub(super) fn read(&self, range: Range<usize>) -> Option<Vec<u8>> {
        if range.end > self.len {
            return None;
        }
        let mut bytes = vec![0; range.len()];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(range.start as u64)).ok()?;
        file.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}
