//! Products of few rows of activations with 4-bit weights: half the memory of
//! [`super::block_matmul`], and less precise.
//!
//! A line of 64 bytes holds 16 columns by 8 rows: for each column 4 bytes, with the first four rows
//! in their lower halves and the other four in their upper halves. The zero point is 8, and a
//! column has a single scale.

use super::block_activations::{BlockActivations, COLUMNS, GROUP};
use super::block_format::LINE_BYTES;
use super::dispatch::dispatch_dot;
use super::kernel_set::Kernels;

/// Weights of one column in a line.
pub(crate) const LINE_ROWS: usize = 2 * GROUP;
/// The 4-bit number that stands for zero.
pub(crate) const ZERO_POINT: i32 = 8;
/// Blocks of activations are a multiple of this length: two lines.
const SMALLEST_BLOCK: usize = 2 * LINE_ROWS;

/// Some columns of a matrix, in whole panels of 16.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Int4Panels<'a> {
    /// `[n / 16, k / 8, 64]`: lines of 64 bytes.
    pub(crate) lines: &'a [u8],
    /// `[n]`: the value of one step of each column.
    pub(crate) scales: &'a [f32],
}

impl Kernels {
    /// Multiplies all `rows` with all columns of `weights`, into `out`, `[n_rows, n]`.
    ///
    /// # Panics
    /// If the blocks of `rows` are not a multiple of 16 long, or a length does not fit the others.
    pub(crate) fn multiply_int4(
        self,
        rows: &BlockActivations,
        weights: Int4Panels<'_>,
        out: &mut [f32],
    ) {
        let Int4Panels { lines, scales } = weights;
        let (panel_len, stride) = (rows.width() / LINE_ROWS * LINE_BYTES, scales.len());
        assert!(rows.block().is_multiple_of(SMALLEST_BLOCK), "a block is a multiple of two lines");
        assert!(stride.is_multiple_of(COLUMNS) && lines.len() == stride / COLUMNS * panel_len);
        assert!(out.len() == rows.len() * stride, "every product has a place");
        for (panel, column) in lines.chunks_exact(panel_len).zip((0..).step_by(COLUMNS)) {
            let (out, scales) = (out[column..].as_mut_ptr(), scales[column..].as_ptr());
            let task = Task { rows, lines: panel.as_ptr(), scales, out, stride };
            // SAFETY: `self` proves the instructions; the lengths were checked above.
            unsafe { dispatch_dot!(self, int4::multiply_panel(&task)) }
        }
    }
}

/// The checked arguments of one call of a kernel: all rows of activations, and one panel of
/// weights.
pub(crate) struct Task<'a> {
    pub(crate) rows: &'a BlockActivations,
    /// A panel with as many weights to a column as the rows are wide.
    pub(crate) lines: *const u8,
    /// `[16]`: the scales of the panel's columns.
    pub(crate) scales: *const f32,
    /// Where the product of the first row and column goes; the next row's is `stride` floats later.
    pub(crate) out: *mut f32,
    pub(crate) stride: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kernels: Kernels, n_rows: usize, width: usize, n: usize, block: usize) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(n as u64);
        let floats: Vec<f32> = (0..n_rows * width).map(|_| random.f32() * 3.0 - 1.0).collect();
        let lines: Vec<u8> = (0..n * width / 2).map(|_| random.u8(..)).collect();
        let scales: Vec<f32> = (0..n).map(|_| random.f32() * 0.1).collect();
        let mut rows = BlockActivations::default();
        rows.quantize(kernels, &floats, width, block);
        let mut out = vec![7.0; n_rows * n];
        let weights = Int4Panels { lines: &lines, scales: &scales };
        kernels.multiply_int4(&rows, weights, &mut out);
        for (place, found) in out.iter().enumerate() {
            let (row, column) = (place / n, place % n);
            let weight = |k: usize| {
                let line = (column / COLUMNS * width + k) / LINE_ROWS;
                let byte = lines[line * LINE_BYTES + column % COLUMNS * GROUP + k % GROUP];
                i32::from(byte >> (k % LINE_ROWS / GROUP * 4) & 0x0f) - ZERO_POINT
            };
            let products = (0..width).map(|k| {
                let step = f64::from(rows.scale(row, k / block));
                // SAFETY: `k` is within the row, whose width is a multiple of four.
                let four = unsafe { rows.four(row, k / GROUP * GROUP) };
                step * f64::from(four.to_ne_bytes()[k % GROUP].cast_signed()) * f64::from(weight(k))
            });
            let expected = f64::from(scales[column]) * products.sum::<f64>();
            let error = (expected - f64::from(*found)).abs();
            assert!(error < 1e-3, "row {row}, column {column}: expected {expected}, found {found}");
        }
        out
    }

    #[test]
    fn products_equal_those_computed_one_by_one() {
        Kernels::assert_identical_results(|kernels| {
            let one = check(kernels, 1, 512, 48, 64);
            [one, check(kernels, 3, 64, 16, 16), check(kernels, 7, 128, 32, 128)]
        });
    }
}
