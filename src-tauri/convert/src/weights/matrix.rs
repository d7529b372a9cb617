//! Matrices in `weights.bin`: where their numbers lie and in which layout.
//!
//! They are stored as linear layers have them in a checkpoint, `[n, k]` for `k` inputs and `n`
//! outputs, except where a kernel takes the transpose.

use pounce_model_format::weight_format::WeightFormat;

use super::bits::Bits;
use super::file::ByteRange;

/// A linear layer without bias.
#[derive(Debug, Clone)]
pub(crate) enum Linear {
    /// Stored by rows, for products in floats or in integers block by block.
    Rows(RowMatrix),
    /// Stored by columns, for products in integers over the whole length.
    Columns(ColumnMatrix),
}

/// A matrix `[n, k]` that is stored by rows. They can be looked up as well as multiplied with, so
/// that one matrix can be both embedding and head.
#[derive(Debug, Clone)]
pub(crate) struct RowMatrix {
    /// The name in the checkpoint, from which those in the graphs are made.
    pub(crate) name: String,
    /// The number of rows, which are outputs.
    pub(crate) n: usize,
    /// The number of columns, which are inputs.
    pub(crate) k: usize,
    /// The layout and place of the numbers.
    pub(crate) storage: RowStorage,
}

/// How the numbers of a [`RowMatrix`] are stored.
#[derive(Debug, Clone)]
pub(crate) enum RowStorage {
    /// 32-bit floats.
    Float(ByteRange),
    /// Integers with a scale for each block of a row.
    Blocks {
        /// The width of a weight.
        bits: Bits,
        /// The number of weights that share a scale; a divisor of `k`.
        block_size: usize,
        /// `[n, k]`, packed.
        quants: ByteRange,
        /// `[n, k / block_size]` floats.
        scales: ByteRange,
    },
    /// Blocks of llama.cpp, copied from the checkpoint: parts of the matrix, one below the other.
    Ggml(Vec<GgmlRows>),
}

/// Rows in one format of llama.cpp.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GgmlRows {
    /// The number of rows.
    pub(crate) n: usize,
    /// The format of the blocks.
    pub(crate) format: WeightFormat,
    /// `[n, bytes of a row]`.
    pub(crate) bytes: ByteRange,
}

/// A matrix that is stored transposed, `[k, n]`, in 8 bits with a scale for each column.
#[derive(Debug, Clone)]
pub(crate) struct ColumnMatrix {
    /// The name in the checkpoint, from which those in the graphs are made.
    pub(crate) name: String,
    /// The number of columns, which are outputs.
    pub(crate) n: usize,
    /// The number of rows, which are inputs.
    pub(crate) k: usize,
    /// `[k, n]` signed bytes.
    pub(crate) quants: ByteRange,
    /// `[n]` floats.
    pub(crate) scales: ByteRange,
}
