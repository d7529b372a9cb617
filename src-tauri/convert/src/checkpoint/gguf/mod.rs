//! GGUF, the file format of llama.cpp: metadata, vocabulary and tensors of a model in one file.
//!
//! Nothing of a header is believed before it is compared with the file's length. What is read is
//! versions 2 and 3 as they are specified in `docs/gguf.md` of ggml, little-endian.

mod metadata;
mod pre_tokenizer;
mod reader;
mod tensors;
#[cfg(test)]
mod tests;
mod tokenizer;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;

pub(crate) use metadata::Metadata;
pub(crate) use tokenizer::tokenizer_json;

use reader::HeaderReader;

const MAGIC: [u8; 4] = *b"GGUF";
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;

/// An open file: what it says of itself, and its tensors by name.
#[derive(Debug)]
pub(crate) struct GgufFile {
    pub(crate) metadata: Metadata,
    pub(crate) checkpoint: Checkpoint,
}

impl GgufFile {
    /// Reads the header of the file at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self, ConvertError> {
        let file = Arc::new(File::open(path).map_err(ConvertError::read(path))?);
        let mut reader = HeaderReader::new(&file, path)?;
        check_version(&mut reader, path)?;
        let (n_tensors, n_entries) = (reader.u64()?, reader.u64()?);
        let metadata = Metadata::read(&mut reader, n_entries, path)?;
        let tensors = tensors::read(&mut reader, n_tensors, &metadata, &file)?;
        Ok(Self { metadata, checkpoint: Checkpoint::new(tensors) })
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
