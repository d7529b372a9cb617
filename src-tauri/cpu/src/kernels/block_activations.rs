//! [`BlockActivations`]: activations as signed bytes, each block of a row with a scale of its own.

use super::dispatch::dispatch;
use super::kernel_set::Kernels;

/// Columns of a panel of weights that is multiplied with them.
pub(crate) const COLUMNS: usize = 16;
/// Neighbouring bytes that one instruction multiplies and adds up in a 32-bit lane.
pub(crate) const GROUP: usize = 4;
/// The largest signed byte.
pub(super) const MAX_I8: f32 = 127.0;

/// Rows of activations as signed bytes.
#[derive(Debug, Default)]
pub(crate) struct BlockActivations {
    width: usize,
    block: usize,
    /// `[n_rows, width]`.
    pub(super) quants: Vec<i8>,
    /// `[n_rows, width / block]`: the sum of each block, negative, for the weights' zero.
    minus_sums: Vec<i32>,
    /// `[n_rows, width / block]`.
    scales: Vec<f32>,
}

impl BlockActivations {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.quants.len() / self.width.max(1)
    }

    /// Takes the place of what was held: the rows of `rows`, which are `width` long, in blocks of `block`.
    ///
    /// # Panics
    /// If a row is not made of whole blocks and registers.
    pub(crate) fn quantize(&mut self, kernels: Kernels, rows: &[f32], width: usize, block: usize) {
        assert!(width.is_multiple_of(block) && block.is_multiple_of(COLUMNS));
        (self.width, self.block) = (width, block);
        self.quants.resize(rows.len(), 0);
        self.minus_sums.resize(rows.len() / block, 0);
        self.scales.resize(rows.len() / block, 0.0);
        let sources = rows.chunks_exact(block).zip(self.quants.chunks_exact_mut(block));
        let targets = self.minus_sums.iter_mut().zip(&mut self.scales);
        for ((block, quants), (minus_sum, scale)) in sources.zip(targets) {
            // SAFETY: `kernels` proves the instructions.
            (*minus_sum, *scale) =
                unsafe { dispatch!(kernels, block_activations::quantize_block(block, quants)) };
        }
    }

    /// How long a row is.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Activations that share a scale.
    pub(crate) fn block(&self) -> usize {
        self.block
    }

    /// Blocks of a row.
    pub(crate) fn n_blocks(&self) -> usize {
        self.width / self.block
    }

    /// The value of one step in each block of a row.
    pub(crate) fn scales_of(&self, row: usize) -> &[f32] {
        &self.scales[row * self.n_blocks()..][..self.n_blocks()]
    }

    /// The value of one step in a block.
    #[inline]
    pub(crate) fn scale(&self, row: usize, block: usize) -> f32 {
        self.scales[row * self.n_blocks() + block]
    }

    /// The sum of a block, negative.
    #[inline]
    pub(crate) fn minus_sum(&self, row: usize, block: usize) -> i32 {
        self.minus_sums[row * self.n_blocks() + block]
    }

    /// Four neighbours of a row, from `place` on, as they lie in memory.
    ///
    /// # Safety
    /// There is such a row, and it has so many.
    #[inline]
    pub(crate) unsafe fn four(&self, row: usize, place: usize) -> i32 {
        let four = self.quants.as_ptr().wrapping_add(row * self.width + place).cast::<i32>();
        // SAFETY: the caller says that they are there.
        unsafe { four.read_unaligned() }
    }
}
