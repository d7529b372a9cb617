//! [`WeightStore`]: moves weights from the checkpoint through the quantizer into `weights.bin`.
//!
//! It keeps the names of the tensors that were read, so that a tensor which no graph has asked for
//! is an error and not a silent loss.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use pounce_model_format::FileDigest;

use super::bits::Bits;
use super::file::{ByteRange, WeightsFile};
use super::matrix::{ColumnMatrix, GgmlRows, Linear, RowMatrix, RowStorage};
use super::quantize::{quantize_blocks, quantize_columns};
use super::scheme::{RowScheme, Scheme};
use crate::checkpoint::Checkpoint;
use crate::checkpoint::tensor::TensorSource;
use crate::error::ConvertError;
use crate::progress::{Progress, Step};

/// The number of bytes of floats that are in memory at a time while a matrix is stored by rows.
const CHUNK_BYTES: usize = 8 << 20;
/// The sizes of a block that the kernels have, best first.
const BLOCK_SIZES: [usize; 4] = [128, 64, 32, 16];

/// Reads a checkpoint and writes `weights.bin`.
pub(crate) struct WeightStore<'a> {
    checkpoint: &'a Checkpoint,
    file: WeightsFile,
    progress: &'a mut dyn Progress,
    taken: BTreeSet<String>,
}

impl<'a> WeightStore<'a> {
    /// Starts `dir/weights.bin`.
    pub(crate) fn create(
        checkpoint: &'a Checkpoint,
        dir: &Path,
        progress: &'a mut dyn Progress,
    ) -> Result<Self, ConvertError> {
        let file = WeightsFile::create(dir)?;
        Ok(Self { checkpoint, file, progress, taken: BTreeSet::new() })
    }

    /// Reports that a step begins, which will read the tensors whose names `reads` accepts.
    pub(crate) fn begin(&mut self, step: Step, reads: impl Fn(&str) -> bool) {
        self.progress.begin(step, self.checkpoint.size_bytes(reads));
    }

    /// Whether the checkpoint has this tensor.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.checkpoint.find(name).is_some()
    }

    /// Reads a small tensor, to be stored in a graph.
    pub(crate) fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ConvertError> {
        let tensor = self.source(name, shape)?;
        let values = tensor.read()?;
        self.progress.advance(tensor.size_bytes());
        Ok(values)
    }

    /// Stores a linear layer of `n` outputs and `k` inputs.
    pub(crate) fn linear(
        &mut self,
        name: &str,
        [n, k]: [usize; 2],
        scheme: Scheme,
    ) -> Result<Linear, ConvertError> {
        match scheme {
            Scheme::Rows(scheme) => Ok(Linear::Rows(self.rows(name, [n, k], scheme)?)),
            Scheme::Columns => Ok(Linear::Columns(self.columns(name, [n, k])?)),
        }
    }

    /// Stores a matrix `[n, k]` by rows.
    pub(crate) fn rows(
        &mut self,
        name: &str,
        shape: [usize; 2],
        scheme: RowScheme,
    ) -> Result<RowMatrix, ConvertError> {
        self.stacked_rows(name, &[name], shape, scheme)
    }

    /// Stores several matrices `[n, k]`, one below the other, as one matrix `name`.
    pub(crate) fn stacked_rows(
        &mut self,
        name: &str,
        parts: &[&str],
        shape: [usize; 2],
        scheme: RowScheme,
    ) -> Result<RowMatrix, ConvertError> {
        let parts: Vec<_> = parts.iter().map(|&part| (part, shape[0])).collect();
        self.stacked_parts(name, &parts, shape[1], scheme)
    }

    /// Stores several matrices with `k` columns, one below the other, as one matrix `name`. Each part
    /// has a name and a number of rows.
    pub(crate) fn stacked_parts(
        &mut self,
        name: &str,
        parts: &[(&str, usize)],
        k: usize,
        scheme: RowScheme,
    ) -> Result<RowMatrix, ConvertError> {
        let n = parts.iter().map(|(_, rows)| rows).sum();
        let parts: Vec<_> = parts
            .iter()
            .map(|&(part, rows)| self.source(part, &[rows, k]))
            .collect::<Result<_, _>>()?;
        let storage = match scheme {
            RowScheme::Float => self.store_floats(&parts)?,
            RowScheme::Blocks { bits, max_block } => {
                if parts.iter().all(|part| is_copied(part, bits)) {
                    RowStorage::Ggml(self.copy_blocks(&parts)?)
                } else {
                    self.store_blocks(&parts, bits, block_size(name, k, max_block)?)?
                }
            }
        };
        Ok(RowMatrix { name: name.to_owned(), n, k, storage })
    }

    /// Stores a table that is not in the checkpoint.
    pub(crate) fn table(&mut self, values: &[f32]) -> Result<ByteRange, ConvertError> {
        self.file.tensor_f32(values)
    }

    /// Closes the file.
    ///
    /// # Errors
    /// [`ConvertError::UnknownTensor`] if a tensor was neither read nor is to be ignored.
    pub(crate) fn finish(
        self,
        is_ignored: impl Fn(&str) -> bool,
    ) -> Result<FileDigest, ConvertError> {
        let left = |name: &&str| !self.taken.contains(*name) && !is_ignored(name);
        let unknown: Vec<&str> = self.checkpoint.names().filter(left).collect();
        match unknown.first() {
            Some(&tensor) => {
                Err(ConvertError::UnknownTensor { tensor: tensor.to_owned(), count: unknown.len() })
            }
            None => self.file.finish(),
        }
    }

    fn source(&mut self, name: &str, shape: &[usize]) -> Result<&'a TensorSource, ConvertError> {
        let tensor = self.checkpoint.get(name, shape)?;
        self.taken.insert(name.to_owned());
        Ok(tensor)
    }

    fn store_floats(&mut self, parts: &[&TensorSource]) -> Result<RowStorage, ConvertError> {
        let offset = self.file.start_tensor()?;
        self.for_each_chunk(parts, |file, part, rows| file.append_f32(&part.read_rows(rows)?))?;
        Ok(RowStorage::Float(self.file.end_tensor(offset)))
    }

    fn store_blocks(
        &mut self,
        parts: &[&TensorSource],
        bits: Bits,
        block_size: usize,
    ) -> Result<RowStorage, ConvertError> {
        let offset = self.file.start_tensor()?;
        let mut scales = Vec::new();
        self.for_each_chunk(parts, |file, part, rows| {
            let blocks = quantize_blocks(&part.read_rows(rows)?, bits, block_size);
            scales.extend(blocks.scales);
            file.append(&blocks.quants)
        })?;
        let quants = self.file.end_tensor(offset);
        let scales = self.file.tensor_f32(&scales)?;
        Ok(RowStorage::Blocks { bits, block_size, quants, scales })
    }

    fn copy_blocks(&mut self, parts: &[&TensorSource]) -> Result<Vec<GgmlRows>, ConvertError> {
        let mut copy = |part: &&TensorSource| {
            let offset = self.file.start_tensor()?;
            self.for_each_chunk(&[part], |file, part, rows| file.append(&part.read_blocks(rows)?))?;
            let bytes = self.file.end_tensor(offset);
            Ok(GgmlRows { n: part.shape[0], format: part.format, bytes })
        };
        parts.iter().map(&mut copy).collect()
    }

    /// Passes the parts to `store` from top to bottom, some rows at a time.
    fn for_each_chunk(
        &mut self,
        parts: &[&TensorSource],
        mut store: impl FnMut(&mut WeightsFile, &TensorSource, Range<usize>) -> Result<(), ConvertError>,
    ) -> Result<(), ConvertError> {
        for part in parts {
            let (n_rows, row_bytes) = (part.shape[0], part.shape[1] * size_of::<f32>());
            let step = (CHUNK_BYTES / row_bytes).max(1);
            for start in (0..n_rows).step_by(step) {
                let end = n_rows.min(start + step);
                if self.progress.is_cancelled() {
                    return Err(ConvertError::Cancelled);
                }
                store(&mut self.file, part, start..end)?;
                self.progress.advance(part.size_bytes() / n_rows as u64 * (end - start) as u64);
            }
        }
        Ok(())
    }

    fn columns(&mut self, name: &str, [n, k]: [usize; 2]) -> Result<ColumnMatrix, ConvertError> {
        let columns = quantize_columns(&self.take(name, &[n, k])?, k);
        let quants: Vec<u8> = columns.quants.iter().map(|quant| quant.cast_unsigned()).collect();
        Ok(ColumnMatrix {
            name: name.to_owned(),
            n,
            k,
            quants: self.file.tensor(&quants)?,
            scales: self.file.tensor_f32(&columns.scales)?,
        })
    }
}

/// Whether a tensor has integers of no more than `bits`.
fn is_copied(tensor: &TensorSource, bits: Bits) -> bool {
    tensor.format.integer_bits().is_some_and(|own| own <= bits.count())
}

/// Returns the largest size of a block that divides a row.
fn block_size(tensor: &str, columns: usize, max_block: usize) -> Result<usize, ConvertError> {
    let fits = |size: &usize| *size <= max_block && columns.is_multiple_of(*size);
    BLOCK_SIZES
        .into_iter()
        .find(fits)
        .ok_or_else(|| ConvertError::BlockSize { tensor: tensor.to_owned(), columns })
}
