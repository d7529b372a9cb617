//! The way of a weight: out of the checkpoint, through the quantizer, into `weights.bin`.
//!
//! The store knows the checkpoint's names and shapes, and remembers which tensors were taken,
//! so that a layer which nobody asked for is an error and not a silent loss.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use pounce_model_format::FileDigest;

use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;
use crate::linear::{ColumnMatrix, Linear, RowMatrix, RowStorage};
use crate::progress::{Progress, Step};
use crate::quantize::{Bits, Blocks, pack_steps, quantize_blocks, quantize_columns};
use crate::tensor::TensorSource;
use crate::weight_format::SymmetricGroups;
use crate::weights_file::{ByteRange, WeightsFile};

/// Block sizes that the kernels have, best first.
const BLOCK_SIZES: [usize; 4] = [128, 64, 32, 16];
/// Bytes of floats that are in memory at a time while a matrix is stored by rows.
const CHUNK_BYTES: usize = 8 << 20;

/// How a linear layer is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// By rows.
    Rows(RowScheme),
    /// Transposed, in 8 bits with a scale a column.
    Columns,
}

/// How a matrix that is stored by rows is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowScheme {
    /// 32-bit floats.
    Float,
    /// Integers with a scale a block. Blocks that the checkpoint has already, and that are no
    /// wider, are taken over as they are.
    Blocks {
        /// Of one weight.
        bits: Bits,
        /// Weights a scale, where the row's length is a multiple of it; else fewer.
        max_block: usize,
    },
}

/// A checkpoint being emptied into a `weights.bin`.
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

    /// Tells the progress that a step begins, and which tensors it will read.
    pub(crate) fn begin(&mut self, step: Step, reads: impl Fn(&str) -> bool) {
        self.progress.begin(step, self.checkpoint.size_bytes(reads));
    }

    /// Whether the checkpoint has a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.checkpoint.find(name).is_some()
    }

    /// A small tensor, to be kept inside a graph.
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

    /// Stores several matrices `[n, k]` one below the other as one of this name.
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

    /// The same with matrices of several heights: each part with its rows, all of `k` columns.
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
            RowScheme::Blocks { bits, max_block } => match common_groups(&parts, bits) {
                Some(groups) => self.store_blocks(&parts, groups)?,
                None => {
                    let group_len = block_size(name, k, max_block)?;
                    self.store_blocks(&parts, SymmetricGroups { bits, group_len })?
                }
            },
        };
        Ok(RowMatrix { name: name.to_owned(), n, k, storage })
    }

    /// A small table that is no tensor of the checkpoint.
    pub(crate) fn table(&mut self, values: &[f32]) -> Result<ByteRange, ConvertError> {
        self.file.tensor_f32(values)
    }

    /// Closes the file, once every tensor of the checkpoint was taken or is ignored.
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
        groups: SymmetricGroups,
    ) -> Result<RowStorage, ConvertError> {
        let offset = self.file.start_tensor()?;
        let mut scales = Vec::new();
        self.for_each_chunk(parts, |file, part, rows| {
            let blocks = read_blocks(part, rows, groups)?;
            scales.extend(blocks.scales);
            file.append(&blocks.quants)
        })?;
        let quants = self.file.end_tensor(offset);
        let scales = self.file.tensor_f32(&scales)?;
        let SymmetricGroups { bits, group_len: block_size } = groups;
        Ok(RowStorage::Blocks { bits, block_size, quants, scales })
    }

    /// Goes through the parts from top to bottom, some rows at a time.
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

/// The integers that all parts are stored in, if they are the same and no wider than `bits`.
fn common_groups(parts: &[&TensorSource], bits: Bits) -> Option<SymmetricGroups> {
    let groups = parts.first()?.format.symmetric_groups()?;
    let same = parts.iter().all(|part| part.format.symmetric_groups() == Some(groups));
    (same && groups.bits <= bits).then_some(groups)
}

/// Rows as blocks of the wanted kind: the checkpoint's own integers where they fit in, integers of as many where they lie
/// above a minimum, else what the weights round to.
fn read_blocks(
    part: &TensorSource,
    rows: Range<usize>,
    wanted: SymmetricGroups,
) -> Result<Blocks, ConvertError> {
    let SymmetricGroups { bits, group_len } = wanted;
    let fits = |own: &SymmetricGroups| own.bits <= bits && own.group_len == group_len;
    let groups = if part.format.symmetric_groups().as_ref().is_some_and(fits) {
        part.read_groups(rows)?
    } else if bits == Bits::Eight && part.format.offset_group_len() == Some(group_len) {
        part.read_groups(rows)?.around_zero()
    } else {
        return Ok(quantize_blocks(&part.read_rows(rows)?, bits, group_len));
    };
    Ok(Blocks { quants: pack_steps(&groups.steps, bits), scales: groups.scales })
}

/// The largest block that fits into a row evenly.
fn block_size(tensor: &str, columns: usize, max_block: usize) -> Result<usize, ConvertError> {
    let fits = |size: &usize| *size <= max_block && columns.is_multiple_of(*size);
    BLOCK_SIZES
        .into_iter()
        .find(fits)
        .ok_or_else(|| ConvertError::BlockSize { tensor: tensor.to_owned(), columns })
}
