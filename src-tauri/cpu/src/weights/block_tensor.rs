//! [`BlockTensor`]: a matrix of integers with a scale for each block, as it lies in the model's files.

use std::borrow::Cow;
use std::ops::Range;

use pounce_model_format::weight_format::{Factors, Groups, WeightFormat};

use super::graph_file::GraphFile;
use super::tensor::block_shape;
use crate::error::CpuError;
use crate::kernels::{BlockFormat, COLUMNS, MAX_SUM_TERMS};

/// The unsigned byte that stands for zero.
const ZERO_POINT: u8 = 128;

/// A matrix `[n, k]` in the model's files, whose rows are the columns of a product.
pub(crate) struct BlockTensor<'a> {
    pub(crate) n: usize,
    pub(crate) k: usize,
    weights: Weights<'a>,
}

/// The numbers of a matrix.
enum Weights<'a> {
    /// Unsigned bytes around [`ZERO_POINT`], for an operator of ONNX Runtime.
    Bytes {
        /// Weights of a row that share a scale.
        block: usize,
        /// `[n, k]`.
        quants: Cow<'a, [u8]>,
        /// `[n, k / block]`.
        scales: Vec<f32>,
        format: BlockFormat,
    },
    /// Blocks of llama.cpp, row by row.
    Ggml { stored: WeightFormat, rows: Cow<'a, [u8]>, format: BlockFormat },
}

impl<'a> BlockTensor<'a> {
    /// Finds the matrix of this name, which has 8 bits. `None` if its numbers are not those that the
    /// kernels take.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one of its tensors is missing or incomplete.
    pub(crate) fn find(file: &'a GraphFile, name: &str) -> Result<Option<Self>, CpuError> {
        let quants = format!("{name}.blocks");
        if !file.has(&quants) {
            return Ok(None);
        }
        let Some([_, _, block]) = block_shape(file.dims(&quants)?) else { return Ok(None) };
        // A 4-bit matrix looks half as wide, and is refused because no layer fits to it.
        Self::load(file, [&quants, &format!("{name}.scales")], (8, block))
    }

    /// Loads the matrix whose integers, of the given bits in blocks of `block`, and scales have these
    /// names. `None` if they are not numbers that the kernels take.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one of its tensors is missing or incomplete.
    pub(crate) fn load(
        file: &'a GraphFile,
        [quants, scales]: [&str; 2],
        (n_bits, block): (usize, usize),
    ) -> Result<Option<Self>, CpuError> {
        let (quants, scales) = (file.tensor(quants)?, file.tensor(scales)?);
        let (Some([n, n_blocks]), Some(quants), Some(scales)) =
            (scales.matrix(), quants.unsigned(), scales.floats())
        else {
            return Ok(None);
        };
        let quants = match n_bits {
            4 => Cow::Owned(bytes_of_halves(&quants)),
            8 => quants,
            _ => return Ok(None),
        };
        let k = n_blocks.saturating_mul(block);
        let is_known = quants.len() == n.saturating_mul(k)
            && block.is_multiple_of(COLUMNS)
            && (1..=MAX_SUM_TERMS).contains(&block);
        Ok(is_known.then(|| Self::of_bytes([n, k, block], quants, scales)))
    }

    fn of_bytes([n, k, block]: [usize; 3], quants: Cow<'a, [u8]>, scales: Vec<f32>) -> Self {
        let format = BlockFormat::smallest(&steps(&quants), &scales, block);
        Self { n, k, weights: Weights::Bytes { block, quants, scales, format } }
    }

    /// Loads rows of `k` weights in blocks of llama.cpp. `None` if the kernels do not take them.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if the tensor is missing or incomplete, or has a scale that is not finite.
    pub(crate) fn load_ggml(
        file: &'a GraphFile,
        (name, stored): (&str, WeightFormat),
        k: usize,
    ) -> Result<Option<Self>, CpuError> {
        let tensor = file.tensor(name)?;
        let (Some([n, row_len]), Some(rows)) = (tensor.matrix(), tensor.unsigned()) else {
            return Ok(None);
        };
        let is_whole = k.is_multiple_of(stored.block_len()) && row_len == stored.stored_bytes(k);
        let Some(format) = BlockFormat::of(stored).filter(|_| is_whole) else { return Ok(None) };
        if !stored.has_finite_scales(&rows) {
            return Err(CpuError::Tensor(name.to_owned()));
        }
        Ok(Some(Self { n, k, weights: Weights::Ggml { stored, rows, format } }))
    }

    /// Weights of a column that share a scale.
    pub(crate) fn block(&self) -> usize {
        self.panel_format().block
    }

    /// The format of the matrix in memory.
    pub(crate) fn panel_format(&self) -> BlockFormat {
        match &self.weights {
            Weights::Bytes { format, .. } | Weights::Ggml { format, .. } => *format,
        }
    }

    /// Some of its outputs.
    pub(crate) fn outputs(&self, range: Range<usize>) -> BlockTensor<'_> {
        let (n, k) = (range.len(), self.k);
        match &self.weights {
            Weights::Bytes { block, quants, scales, .. } => {
                let n_blocks = k / block;
                let scales = scales[range.start * n_blocks..range.end * n_blocks].to_vec();
                let quants = Cow::Borrowed(&quants[range.start * k..range.end * k]);
                BlockTensor::of_bytes([n, k, *block], quants, scales)
            }
            Weights::Ggml { stored, rows, format } => {
                let row_len = stored.stored_bytes(k);
                let rows = Cow::Borrowed(&rows[range.start * row_len..range.end * row_len]);
                BlockTensor {
                    n,
                    k,
                    weights: Weights::Ggml { stored: *stored, rows, format: *format },
                }
            }
        }
    }

    /// The integers of some columns.
    pub(crate) fn groups(&self, columns: Range<usize>) -> Groups {
        let k = self.k;
        match &self.weights {
            Weights::Bytes { block, quants, scales, .. } => {
                let n_blocks = k / block;
                let scales = &scales[columns.start * n_blocks..columns.end * n_blocks];
                Groups {
                    steps: steps(&quants[columns.start * k..columns.end * k]),
                    scales: Factors::of_units(scales.to_vec()),
                    ..Groups::default()
                }
            }
            Weights::Ggml { stored, rows, .. } => {
                let row_len = stored.stored_bytes(k);
                stored.groups(&rows[columns.start * row_len..columns.end * row_len])
            }
        }
    }

    /// Writes a column's weights to `weights`, `[k]`.
    pub(crate) fn column(&self, index: usize, weights: &mut [f32]) {
        weights.copy_from_slice(&self.groups(index..index + 1).weights());
    }
}

/// The integers that unsigned bytes stand for.
fn steps(quants: &[u8]) -> Vec<i8> {
    quants.iter().map(|quant| (quant ^ ZERO_POINT).cast_signed()).collect()
}

/// The bytes around 128 that 4-bit integers around 8 stand for, two in each byte, the first one in
/// the lower half.
fn bytes_of_halves(halves: &[u8]) -> Vec<u8> {
    let byte = |half: u8| half + (ZERO_POINT - 8);
    halves.iter().flat_map(|halves| [byte(halves & 0x0f), byte(halves >> 4)]).collect()
}
