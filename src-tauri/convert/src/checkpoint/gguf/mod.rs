//! GGUF, the file format of llama.cpp: metadata, vocabulary and tensors of a model in one file.
//!
//! Versions 2 and 3 are read, little-endian, as ggml's `docs/gguf.md` specifies them. Every count of
//! a header is compared with the file's length before memory is allocated for it.

pub(crate) mod metadata;
mod reader;
mod tensors;
#[cfg(test)]
mod tests;
mod value;

use std::path::Path;
use std::sync::Arc;

use super::tensor::{TensorSource, open_weights};
use crate::error::ConvertError;

use metadata::Metadata;
use reader::HeaderReader;

const MAGIC: [u8; 4] = *b"GGUF";
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;

/// An open file.
#[derive(Debug)]
pub(crate) struct GgufFile {
    /// What the file says about its model.
    pub(crate) metadata: Metadata,
    /// The descriptions of its tensors.
    pub(crate) tensors: Vec<TensorSource>,
}

impl GgufFile {
    /// Reads the header of the file at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self, ConvertError> {
        let file = Arc::new(open_weights(path)?);
        let mut reader = HeaderReader::new(&file, path)?;
        check_version(&mut reader, path)?;
        let (n_tensors, n_entries) = (reader.u64()?, reader.u64()?);
        let metadata = Metadata::read(&mut reader, n_entries, path)?;
        let tensors = tensors::read(&mut reader, n_tensors, &metadata, &file)?;
        Ok(Self { metadata, tensors })
    }
}

fn check_version(reader: &mut HeaderReader<'_>, path: &Path) -> Result<(), ConvertError> {
    let unsupported =
        |problem: String| ConvertError::Unsupported { path: path.to_owned(), problem };
    if reader.bytes(4)? != MAGIC {
        return Err(unsupported("it does not begin like a GGUF file: fetch it again".to_owned()));
    }
    let version = reader.u32()?;
    if VERSIONS.contains(&version) {
        Ok(())
    } else if VERSIONS.contains(&version.swap_bytes()) {
        Err(unsupported("it is for big-endian machines: use a little-endian one".to_owned()))
    } else {
        Err(unsupported(format!("it has GGUF version {version}: use one of version 2 or 3")))
    }
}
