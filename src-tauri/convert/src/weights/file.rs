//! [`WeightsFile`]: `weights.bin`, with the matrices of all graphs as ONNX external data.
//!
//! It is written from front to back, and its checksum is computed on the way, so that no more than a
//! piece of one tensor is in memory.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use pounce_model_format::{FileDigest, WEIGHTS_FILE};
use sha2::{Digest, Sha256};

use crate::error::ConvertError;

/// Tensors start at multiples of this, which is the size of a cache line.
const ALIGNMENT: u64 = 64;

/// The bytes of a tensor in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteRange {
    /// The first byte.
    pub(crate) offset: u64,
    /// The number of bytes.
    pub(crate) length: u64,
}

/// The file under construction.
#[derive(Debug)]
pub(crate) struct WeightsFile {
    path: PathBuf,
    file: BufWriter<File>,
    hasher: Sha256,
    size_bytes: u64,
}

impl WeightsFile {
    /// Starts an empty `dir/weights.bin`.
    pub(crate) fn create(dir: &Path) -> Result<Self, ConvertError> {
        let path = dir.join(WEIGHTS_FILE);
        let file = File::create(&path).map_err(ConvertError::write(&path))?;
        Ok(Self { path, file: BufWriter::new(file), hasher: Sha256::new(), size_bytes: 0 })
    }

    /// Starts a tensor: pads to the next aligned offset and returns it.
    pub(crate) fn start_tensor(&mut self) -> Result<u64, ConvertError> {
        let padding = self.size_bytes.next_multiple_of(ALIGNMENT) - self.size_bytes;
        self.append(&[0; ALIGNMENT as usize][..padding as usize])?;
        Ok(self.size_bytes)
    }

    /// Appends bytes to the tensor that was started last.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), ConvertError> {
        self.file.write_all(bytes).map_err(ConvertError::write(&self.path))?;
        self.hasher.update(bytes);
        self.size_bytes += bytes.len() as u64;
        Ok(())
    }

    /// Ends the tensor that was started at `offset` and returns its bytes.
    pub(crate) fn end_tensor(&self, offset: u64) -> ByteRange {
        ByteRange { offset, length: self.size_bytes - offset }
    }

    /// Writes a whole tensor.
    pub(crate) fn tensor(&mut self, bytes: &[u8]) -> Result<ByteRange, ConvertError> {
        let offset = self.start_tensor()?;
        self.append(bytes)?;
        Ok(self.end_tensor(offset))
    }

    /// Writes a whole tensor of floats.
    pub(crate) fn tensor_f32(&mut self, values: &[f32]) -> Result<ByteRange, ConvertError> {
        let offset = self.start_tensor()?;
        self.append_f32(values)?;
        Ok(self.end_tensor(offset))
    }

    /// Appends floats to the tensor that was started last.
    pub(crate) fn append_f32(&mut self, values: &[f32]) -> Result<(), ConvertError> {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.append(&bytes)
    }

    /// Closes the file and returns its size and checksum.
    pub(crate) fn finish(mut self) -> Result<FileDigest, ConvertError> {
        self.file.flush().map_err(ConvertError::write(&self.path))?;
        Ok(FileDigest { size_bytes: self.size_bytes, sha256: hex(&self.hasher.finalize()) })
    }
}

/// Returns size and checksum of a file with these bytes.
pub(crate) fn digest(bytes: &[u8]) -> FileDigest {
    FileDigest { size_bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
