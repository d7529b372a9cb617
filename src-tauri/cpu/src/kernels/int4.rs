//! Products of few rows with weights in four bits: half the memory of [`super::blocks`], and not exact.
//!
//! A line holds 16 columns by 8 rows, the first four rows in the low halves of its bytes. A half means zero with 8.

use super::block_activations::{BlockActivations, COLUMNS, GROUP};
use super::block_matmul::LINE_BYTES;
use super::dispatch::dispatch_dot;
use super::kernel_set::Kernels;

/// Weights of a column in a line.
pub(crate) const LINE_ROWS: usize = 2 * GROUP;
/// The half of a byte that means zero.
pub(crate) const ZERO_POINT: i32 = 8;
/// Blocks of activations are a multiple of so many long.
const SMALLEST_BLOCK: usize = 2 * LINE_ROWS;

/// Some columns of a matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Int4Panels<'a> {
    /// `[n / 16, k / 8]` lines.
    pub(crate) lines: &'a [u8],
    /// `[n]`: the value of one step of a column.
    pub(crate) scales: &'a [f32],
}

impl Kernels {
    /// Products of all `rows`, in blocks of a multiple of 16, with all columns of `weights`: `out[row][column]`.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub(crate) fn multiply_int4(
        self,
        rows: &BlockActivations,
        weights: Int4Panels<'_>,
        out: &mut [f32],
    ) {
        let Int4Panels { lines, scales } = weights;
        let (panel_len, stride) = (rows.width() / LINE_ROWS * LINE_BYTES, scales.len());
        assert!(rows.block().is_multiple_of(SMALLEST_BLOCK), "a block is made of pairs of lines");
        assert!(stride.is_multiple_of(COLUMNS) && lines.len() == stride / COLUMNS * panel_len);
        assert!(out.len() == rows.len() * stride, "every product has its place");
        for (panel, column) in lines.chunks_exact(panel_len).zip((0..).step_by(COLUMNS)) {
            let (out, scales) = (out[column..].as_mut_ptr(), scales[column..].as_ptr());
            let task = Task { rows, lines: panel.as_ptr(), scales, out, stride };
            // SAFETY: `self` proves the instructions; the lengths were checked above.
            unsafe { dispatch_dot!(self, int4::multiply_panel(&task)) }
        }
    }
}

/// Rows of activations, and a panel of weights that they are multiplied with.
pub(crate) struct Task<'a> {
    pub(crate) rows: &'a BlockActivations,
    /// As long as the rows.
    pub(crate) lines: *const u8,
    /// Of 16 columns.
    pub(crate) scales: *const f32,
    /// The first product's place, in rows of `stride`.
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
                // SAFETY: rows are made of fours.
                let four = unsafe { rows.four(row, k / GROUP * GROUP) };
                step * f64::from(four.to_ne_bytes()[k % GROUP].cast_signed()) * f64::from(weight(k))
            });
            let expected = f64::from(scales[column]) * products.sum::<f64>();
            let error = (expected - f64::from(*found)).abs();
            assert!(error < 1e-3, "row {row}, column {column}: {expected} and not {found}");
        }
        out
    }

    #[test]
    fn products_are_those_of_the_integers() {
        Kernels::assert_identical_results(|kernels| {
            let one = check(kernels, 1, 512, 48, 64);
            [one, check(kernels, 3, 64, 16, 16), check(kernels, 7, 128, 32, 128)]
        });
    }
}
