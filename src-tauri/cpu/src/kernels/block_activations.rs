//! [`BlockActivations`]: activations as signed bytes, each block of a row with a scale of its own.

use super::dispatch::dispatch;
use super::kernel_set::Kernels;

/// Columns of a panel of the weights that they are multiplied with.
pub(crate) const COLUMNS: usize = 16;
/// Neighbouring bytes that one instruction multiplies and adds up in a 32-bit lane.
pub(crate) const GROUP: usize = 4;
/// The largest signed byte.
pub(super) const MAX_I8: f32 = 127.0;

/// Rows of activations as signed bytes. Each block of `block` neighbours in a row has a scale of
/// its own; an activation is `scale * byte`.
#[derive(Debug, Default)]
pub(crate) struct BlockActivations {
    width: usize,
    block: usize,
    /// Blocks in a row.
    n_blocks: usize,
    /// `[n_rows, width]`.
    pub(super) quants: Vec<i8>,
    /// `[n_rows, width / block]`: minus the sum of each block's bytes, which takes out the zero
    /// point of the weights.
    minus_sums: Vec<i32>,
    /// `[n_rows, width / block]`: the value of one step of each block.
    scales: Vec<f32>,
    /// `[n_rows, width / block]`: the sum of each block's activations, with which the minimum of the
    /// weights is multiplied.
    sums: Vec<f32>,
}

impl BlockActivations {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.quants.len() / self.width.max(1)
    }

    /// Replaces the contents by the quantized `rows`, `[n_rows, width]`, in blocks of `block`.
    ///
    /// # Panics
    /// If `width` is not a multiple of `block`, or `block` is not a multiple of 16.
    pub(crate) fn quantize(&mut self, kernels: Kernels, rows: &[f32], width: usize, block: usize) {
        assert!(width.is_multiple_of(block) && block.is_multiple_of(COLUMNS));
        (self.width, self.block, self.n_blocks) = (width, block, width / block);
        self.quants.resize(rows.len(), 0);
        self.minus_sums.resize(rows.len() / block, 0);
        self.scales.resize(rows.len() / block, 0.0);
        self.sums.resize(rows.len() / block, 0.0);
        let sources = rows.chunks_exact(block).zip(self.quants.chunks_exact_mut(block));
        let targets = self.minus_sums.iter_mut().zip(&mut self.scales).zip(&mut self.sums);
        for ((block, quants), ((minus_sum, scale), sum)) in sources.zip(targets) {
            // SAFETY: `kernels` proves the instructions.
            (*minus_sum, *scale) =
                unsafe { dispatch!(kernels, block_activations::quantize_block(block, quants)) };
            *sum = *scale * -(*minus_sum as f32);
        }
    }

    /// Activations of a row.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Activations that share a scale.
    pub(crate) fn block(&self) -> usize {
        self.block
    }

    /// Blocks in a row.
    pub(crate) fn n_blocks(&self) -> usize {
        self.n_blocks
    }

    /// The scale of each block of a row.
    pub(crate) fn scales_of(&self, row: usize) -> &[f32] {
        &self.scales[row * self.n_blocks..][..self.n_blocks()]
    }

    /// The scale of a block.
    #[inline]
    pub(crate) fn scale(&self, row: usize, block: usize) -> f32 {
        self.scales[row * self.n_blocks + block]
    }

    /// The sum of a block's activations.
    #[inline]
    pub(crate) fn sum(&self, row: usize, block: usize) -> f32 {
        self.sums[row * self.n_blocks + block]
    }

    /// Minus the sum of a block's bytes.
    #[inline]
    pub(crate) fn minus_sum(&self, row: usize, block: usize) -> i32 {
        self.minus_sums[row * self.n_blocks + block]
    }

    /// The four bytes of a row that begin at `place`, in their order in memory.
    ///
    /// # Safety
    /// `row` is less than the number of rows, and `place + 4` is at most the width.
    #[inline]
    pub(crate) unsafe fn four(&self, row: usize, place: usize) -> i32 {
        let four = self.quants.as_ptr().wrapping_add(row * self.width + place).cast::<i32>();
        // SAFETY: the caller guarantees that the four bytes are within the row.
        unsafe { four.read_unaligned() }
    }
}
