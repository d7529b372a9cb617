//! [`TensorSource`]: one tensor of a checkpoint, whose rows are read from the file on demand.
//!
//! Nothing is mapped or cached, so that the memory of a conversion depends on the largest piece that
//! is read and not on the size of the checkpoint.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use pounce_model_format::regular_file::{self, FileKind};
use pounce_model_format::weight_format::WeightFormat;

use super::mistaken;
use crate::error::ConvertError;

/// A tensor in a file, row-major and without gaps.
#[derive(Debug, Clone)]
pub(crate) struct TensorSource {
    /// The name in the checkpoint.
    pub(crate) name: String,
    /// Extents, outermost first.
    pub(crate) shape: Vec<usize>,
    /// The layout of the elements. A row is a whole number of blocks.
    pub(crate) format: WeightFormat,
    /// The offset of the first byte in the file.
    pub(crate) offset: u64,
    /// The open file, shared by all its tensors.
    pub(crate) file: Arc<File>,
    /// The path of the file, for messages.
    pub(crate) path: Arc<Path>,
}

/// Opens a file of weights, at its beginning.
pub(super) fn open_weights(path: &Path) -> Result<File, ConvertError> {
    let mut file = regular_file::open(path, FileKind::Weights).map_err(ConvertError::read(path))?;
    let mut first = Vec::new();
    file.by_ref().take(64).read_to_end(&mut first).map_err(ConvertError::read(path))?;
    mistaken::check_file(path, &first)?;
    file.rewind().map_err(ConvertError::read(path))?;
    Ok(file)
}

impl TensorSource {
    /// The number of bytes in the checkpoint.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.format.stored_bytes(self.n_elements()) as u64
    }

    /// Reads all elements, row-major.
    pub(crate) fn read(&self) -> Result<Vec<f32>, ConvertError> {
        self.decode(0..self.n_elements())
    }

    /// Reads some rows of a matrix `[rows, columns]`.
    pub(crate) fn read_rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ConvertError> {
        self.decode(self.elements(rows))
    }

    /// Reads the bytes of some rows of blocks.
    pub(crate) fn read_blocks(&self, rows: Range<usize>) -> Result<Vec<u8>, ConvertError> {
        let bytes = self.read_bytes(self.elements(rows))?;
        if self.format.has_finite_scales(&bytes) { Ok(bytes) } else { Err(self.not_finite()) }
    }

    fn n_elements(&self) -> usize {
        self.shape.iter().product()
    }

    fn elements(&self, rows: Range<usize>) -> Range<usize> {
        let columns: usize = self.shape[1..].iter().product();
        rows.start * columns..rows.end * columns
    }

    fn decode(&self, elements: Range<usize>) -> Result<Vec<f32>, ConvertError> {
        let values = self.format.decode(&self.read_bytes(elements)?);
        self.check_finite(&values)?;
        Ok(values)
    }

    fn check_finite(&self, values: &[f32]) -> Result<(), ConvertError> {
        if values.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(self.not_finite()) }
    }

    fn not_finite(&self) -> ConvertError {
        ConvertError::NotFinite { tensor: self.name.clone() }
    }

    fn read_bytes(&self, elements: Range<usize>) -> Result<Vec<u8>, ConvertError> {
        let offset = self.offset + self.format.stored_bytes(elements.start) as u64;
        let mut bytes = vec![0; self.format.stored_bytes(elements.len())];
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(ConvertError::read(&self.path))?;
        Ok(bytes)
    }
}
