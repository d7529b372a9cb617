//! [`ChunkWriter`]: writes what a server sends without blocking the tasks.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use crate::disk_space::{self, RESERVE_BYTES, SpaceProbe};
use crate::error::InstallError;
use crate::sync::spawn_blocking;

/// Bytes that are written at a time, so that few writes have to go to another thread.
const WRITE_BYTES: usize = 1 << 20;

/// A file that is written to in large pieces, on threads that may block.
pub(super) struct ChunkWriter {
    file: Arc<File>,
    /// For errors.
    path: PathBuf,
    free_space: SpaceProbe,
    buffer: Vec<u8>,
}

impl ChunkWriter {
    pub(super) fn new(file: File, path: PathBuf, free_space: SpaceProbe) -> Self {
        let buffer = Vec::with_capacity(WRITE_BYTES);
        Self { file: Arc::new(file), path, free_space, buffer }
    }

    /// Adds bytes, and writes them once there are enough.
    pub(super) async fn push(&mut self, bytes: &[u8]) -> Result<(), InstallError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() < WRITE_BYTES { Ok(()) } else { self.flush().await }
    }

    /// Writes all bytes that were added.
    ///
    /// # Errors
    /// [`InstallError::DiskSpace`] before the last [`RESERVE_BYTES`] of the disk are taken.
    pub(super) async fn flush(&mut self) -> Result<(), InstallError> {
        let file = Arc::clone(&self.file);
        let mut buffer = std::mem::take(&mut self.buffer);
        let (free_space, path) = (self.free_space, self.path.clone());
        let (buffer, written) = spawn_blocking(move || {
            let dir = path.parent().unwrap_or(&path);
            let written = disk_space::check(free_space, dir, buffer.len() as u64 + RESERVE_BYTES)
                .and_then(|()| (&*file).write_all(&buffer).map_err(InstallError::disk(&path)));
            buffer.clear();
            (buffer, written)
        })
        .await;
        self.buffer = buffer;
        written
    }
}
