//! How the matrices of a model are to be stored.

use super::bits::Bits;

/// How a linear layer is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// By rows.
    Rows(RowScheme),
    /// Transposed, in 8 bits with a scale for each column.
    Columns,
}

/// How a matrix is stored by rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowScheme {
    /// 32-bit floats.
    Float,
    /// Integers with a scale for each block of a row. A matrix whose integers in the checkpoint are
    /// no wider is copied.
    Blocks {
        /// The width of a weight.
        bits: Bits,
        /// The number of weights that share a scale. It is halved until it divides the row.
        max_block: usize,
    },
}
