//! One tensor of a checkpoint: where its bytes lie, and how they become floats.
//!
//! Nothing is mapped or kept: rows are read when they are asked for, so the memory of a
//! conversion depends on the largest piece that is asked for, not on the checkpoint.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::error::ConvertError;
use crate::weight_format::{Groups, WeightFormat};

/// A tensor in a file, row-major and without gaps.
#[derive(Debug, Clone)]
pub(crate) struct TensorSource {
    /// The checkpoint's name for it.
    pub(crate) name: String,
    /// Extents, outermost first.
    pub(crate) shape: Vec<usize>,
    /// How its elements are stored; a row is a whole number of blocks.
    pub(crate) format: WeightFormat,
    /// The first byte in the file.
    pub(crate) offset: u64,
    /// The open file, shared by all its tensors.
    pub(crate) file: Arc<File>,
    /// The file's path, for messages.
    pub(crate) path: Arc<Path>,
}

impl TensorSource {
    /// Bytes in the checkpoint.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.stored_bytes(self.n_elements()) as u64
    }

    /// All elements, row-major.
    pub(crate) fn read(&self) -> Result<Vec<f32>, ConvertError> {
        self.decode(0..self.n_elements())
    }

    /// The rows (along the first axis) of a matrix `[rows, columns]`.
    pub(crate) fn read_rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ConvertError> {
        self.decode(self.elements(rows))
    }

    /// The rows as the integers that they are stored in; of floats there are none.
    pub(crate) fn read_groups(&self, rows: Range<usize>) -> Result<Groups, ConvertError> {
        let groups = self.format.groups(&self.read_bytes(self.elements(rows))?);
        self.check_finite(&groups.scales)?;
        self.check_finite(&groups.offsets)?;
        Ok(groups)
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
        if values.iter().all(|value| value.is_finite()) {
            Ok(())
        } else {
            Err(ConvertError::NotFinite { tensor: self.name.clone() })
        }
    }

    /// Bytes of so many elements, which are whole blocks.
    fn stored_bytes(&self, elements: usize) -> usize {
        elements / self.format.block_len() * self.format.block_bytes()
    }

    fn read_bytes(&self, elements: Range<usize>) -> Result<Vec<u8>, ConvertError> {
        let offset = self.offset + self.stored_bytes(elements.start) as u64;
        let mut bytes = vec![0; self.stored_bytes(elements.len())];
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(ConvertError::read(&self.path))?;
        Ok(bytes)
    }
}
