//! GGUF, the file format of llama.cpp: metadata, vocabulary and tensors of a model in one file.
//!
//! Versions 2 and 3 are read, little-endian, as ggml's `docs/gguf.md` specifies them. Every count of
//! a header is compared with the file's length before memory is allocated for it.

pub(crate) mod metadata;
mod parts;
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
pub use parts::gguf_parts;
use reader::HeaderReader;

/// The key of the number of files that a model is in.
const N_PARTS: &str = "split.count";
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
    /// Reads the header of the file at `path`, and of those beside it if the model is in several. The
    /// first has the metadata.
    pub(crate) fn open(path: &Path) -> Result<Self, ConvertError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let parts = gguf_parts(&name);
        let mut opened = parts.iter().map(|part| Self::open_part(&path.with_file_name(part)));
        let mut model = opened.next().expect("a file is a part of itself")?;
        for part in opened {
            model.tensors.extend(part?.tensors);
        }
        model.check_parts(path, parts.len())?;
        Ok(model)
    }

    /// Checks that these are as many files as the model is in.
    fn check_parts(&self, path: &Path, n_files: usize) -> Result<(), ConvertError> {
        match self.metadata.integer(N_PARTS)? {
            Some(n_parts) if n_parts > 1 && n_parts != n_files as u64 => {
                let problem = format!(
                    "it is one of {n_parts} parts of a model: put all of them into one folder under \
                     the names that they were published with, such as \
                     name-00001-of-{n_parts:05}.gguf"
                );
                Err(ConvertError::Unsupported { path: path.to_owned(), problem })
            }
            _ => Ok(()),
        }
    }

    fn open_part(path: &Path) -> Result<Self, ConvertError> {
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
