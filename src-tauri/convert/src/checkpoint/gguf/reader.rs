//! [`HeaderReader`]: reads numbers and strings from the front of a GGUF file, and allocates no memory
//! for more than the file has.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::error::ConvertError;

/// The most bytes of a header. That of a vocabulary of 256,000 tokens has 15 MB.
const MAX_HEADER_BYTES: u64 = 64 << 20;

/// The most bytes of a name. llama.cpp allows 64 for a tensor.
const MAX_NAME_BYTES: usize = 256;

/// Reads a header from front to back.
pub(super) struct HeaderReader<'a> {
    file: BufReader<&'a File>,
    path: &'a Path,
    position: u64,
    end: u64,
}

impl<'a> HeaderReader<'a> {
    /// Starts at the front of `file`; `path` is for messages.
    pub(super) fn new(file: &'a File, path: &'a Path) -> Result<Self, ConvertError> {
        let length = file.metadata().map_err(ConvertError::read(path))?.len();
        let end = length.min(MAX_HEADER_BYTES);
        Ok(Self { file: BufReader::new(file), path, position: 0, end })
    }

    /// The number of bytes read so far.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The number of bytes that may still be read.
    pub(super) fn left(&self) -> u64 {
        self.end - self.position
    }

    /// Returns the error that the file is damaged.
    pub(super) fn damaged(&self, problem: impl ToString) -> ConvertError {
        ConvertError::damaged(self.path, problem)
    }

    /// Reads some bytes. The count is compared with what is left before memory is allocated.
    pub(super) fn bytes(&mut self, count: u64) -> Result<Vec<u8>, ConvertError> {
        if count > self.left() {
            let position = self.position;
            return Err(self.damaged(format!("its header wants {count} bytes at {position}")));
        }
        let mut bytes = vec![0; count as usize];
        self.file.read_exact(&mut bytes).map_err(ConvertError::read(self.path))?;
        self.position += count;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ConvertError> {
        let bytes = self.bytes(N as u64)?;
        Ok(bytes.try_into().expect("N bytes were read"))
    }

    /// Reads a 32-bit integer.
    pub(super) fn u32(&mut self) -> Result<u32, ConvertError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Reads a 64-bit integer.
    pub(super) fn u64(&mut self) -> Result<u64, ConvertError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Reads a string: its length, then UTF-8.
    pub(super) fn string(&mut self) -> Result<String, ConvertError> {
        let length = self.u64()?;
        let position = self.position;
        String::from_utf8(self.bytes(length)?)
            .map_err(|_| self.damaged(format!("the text at {position} is not UTF-8")))
    }

    /// Reads a string that is a name and may be shown in messages.
    pub(super) fn name(&mut self) -> Result<String, ConvertError> {
        let position = self.position;
        let name = self.string()?;
        if name.len() > MAX_NAME_BYTES || name.contains(char::is_control) {
            return Err(self.damaged(format!("what stands at {position} is no name")));
        }
        Ok(name)
    }

    /// Reads `count` items, each of which takes at least `min_bytes`.
    pub(super) fn list<T>(
        &mut self,
        count: u64,
        min_bytes: u64,
        mut item: impl FnMut(&mut Self) -> Result<T, ConvertError>,
    ) -> Result<Vec<T>, ConvertError> {
        if count > self.left() / min_bytes {
            return Err(self.damaged(format!("its header claims a list of {count}")));
        }
        (0..count).map(|_| item(self)).collect()
    }
}
