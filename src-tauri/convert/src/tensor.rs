//! One tensor of a checkpoint: where its bytes lie, and how they become floats.
//!
//! Nothing is mapped or kept: rows are read when they are asked for, so the memory of a
//! conversion depends on the largest piece that is asked for, not on the checkpoint.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use half::{bf16, f16};

use crate::error::ConvertError;

/// The element types that checkpoints hold weights in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FloatType {
    F32,
    F16,
    Bf16,
}

impl FloatType {
    /// Bytes of one element.
    pub(crate) fn size_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => bytes.as_chunks().0.iter().map(|&raw| f32::from_le_bytes(raw)).collect(),
            Self::F16 => {
                bytes.as_chunks().0.iter().map(|&raw| f16::from_le_bytes(raw).to_f32()).collect()
            }
            Self::Bf16 => {
                bytes.as_chunks().0.iter().map(|&raw| bf16::from_le_bytes(raw).to_f32()).collect()
            }
        }
    }
}

/// A tensor in a file, row-major and without gaps.
#[derive(Debug, Clone)]
pub(crate) struct TensorSource {
    /// The checkpoint's name for it.
    pub(crate) name: String,
    /// Extents, outermost first.
    pub(crate) shape: Vec<usize>,
    /// How an element is stored.
    pub(crate) element: FloatType,
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
        (self.shape.iter().product::<usize>() * self.element.size_bytes()) as u64
    }

    /// All elements, row-major.
    pub(crate) fn read(&self) -> Result<Vec<f32>, ConvertError> {
        self.read_elements(0..self.shape.iter().product())
    }

    /// The rows (along the first axis) of a matrix `[rows, columns]`.
    pub(crate) fn read_rows(&self, rows: Range<usize>) -> Result<Vec<f32>, ConvertError> {
        let columns: usize = self.shape[1..].iter().product();
        self.read_elements(rows.start * columns..rows.end * columns)
    }

    fn read_elements(&self, elements: Range<usize>) -> Result<Vec<f32>, ConvertError> {
        let size = self.element.size_bytes();
        let bytes = self
            .read_bytes((elements.start * size) as u64, elements.len() * size)
            .map_err(ConvertError::read(&self.path))?;
        let values = self.element.decode(&bytes);
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(ConvertError::NotFinite { tensor: self.name.clone() })
        }
    }

    fn read_bytes(&self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.offset + offset))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
