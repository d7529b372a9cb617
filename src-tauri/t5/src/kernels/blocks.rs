//! Products of few rows with weights that lie in rows of unsigned bytes, a scale for each block of them: what a
//! decoder's step is made of.
//!
//! A step reads every weight once, so memory sets its pace. The weights stay as they are in the model's file; the
//! activations are rounded to signed bytes, block by block like the weights. A byte of a weight means zero with 128,
//! which the sums of the activations make up for: Σ (w - 128) x = Σ w x - 128 Σ x.

use super::{Kernels, dispatch};

/// Rows are a multiple of so many bytes long.
const CHUNK: usize = 64;
/// Blocks are.
const SMALLEST_BLOCK: usize = 16;
/// Rows of weights that all rows of activations are multiplied with before the next.
const TILE: usize = 16;
/// How far ahead weights are asked for, in bytes: further than memory is away at the pace of the kernels.
pub(crate) const AHEAD: usize = 4096;
/// The byte that means zero.
pub(crate) const ZERO: i32 = 128;
/// The largest signed byte.
pub(crate) const TOP: f32 = 127.0;

/// Rows of activations as signed bytes.
#[derive(Debug, Default)]
pub(crate) struct SignedRows {
    width: usize,
    /// `[n_rows, width]`.
    quants: Vec<i8>,
    /// `[n_rows, width / 4]`: what four neighbours begin with, for the weights' zero.
    starts: Vec<i32>,
    /// `[n_rows, width / 4]`: the scale of four neighbours.
    scales: Vec<f32>,
}

/// Some rows of a matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WeightRows<'a> {
    /// `[n, width]`.
    pub(crate) quants: &'a [u8],
    /// `[n, width / block]`.
    pub(crate) scales: &'a [f32],
    /// Weights that share a scale: 16, 32 or a multiple of 64.
    pub(crate) block: usize,
}

impl SignedRows {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.quants.len() / self.width.max(1)
    }

    /// Takes the place of what was held: the rows of `rows`, which are `width` long, in blocks of `block`.
    ///
    /// # Panics
    /// If a row is not made of whole blocks and registers.
    pub(crate) fn quantize(&mut self, kernels: Kernels, rows: &[f32], width: usize, block: usize) {
        assert!(
            width.is_multiple_of(CHUNK)
                && width.is_multiple_of(block)
                && block.is_multiple_of(SMALLEST_BLOCK)
        );
        self.width = width;
        self.quants.resize(rows.len(), 0);
        self.starts.resize(rows.len() / 4, 0);
        self.scales.resize(rows.len() / 4, 0.0);
        let (quants, starts) =
            (self.quants.chunks_exact_mut(block), self.starts.chunks_exact_mut(block / 4));
        let targets = quants.zip(starts).zip(self.scales.chunks_exact_mut(block / 4));
        for (block, ((quants, starts), scales)) in rows.chunks_exact(block).zip(targets) {
            // SAFETY: `kernels` proves the instructions.
            let scale =
                unsafe { dispatch!(kernels, blocks::quantize_block(block, quants, starts)) };
            scales.fill(scale);
        }
    }
}

impl SignedRows {
    fn task<'a>(&'a self, row: usize, weights: WeightRows<'a>, first: usize) -> Task<'a> {
        let (width, quarter) = (self.width, self.width / 4);
        Task {
            quants: &self.quants[row * width..][..width],
            starts: &self.starts[row * quarter..][..quarter],
            scales: &self.scales[row * quarter..][..quarter],
            weights: weights.quants[first * width..].as_ptr(),
            weight_scales: weights.scales[first * width / weights.block..].as_ptr(),
            block: weights.block,
            n_scales: width / weights.block,
            n_chunks: (weights.block / CHUNK).max(1),
        }
    }
}

impl Kernels {
    /// Products of all `rows` with all rows of `weights`: `out[row][i]`, of which `out` has rows of `stride`.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub(crate) fn multiply_rows(
        self,
        rows: &SignedRows,
        weights: WeightRows<'_>,
        (out, stride): (&mut [f32], usize),
    ) {
        let WeightRows { quants, scales, block } = weights;
        let n = quants.len() / rows.width;
        assert!(quants.len() == n * rows.width && scales.len() == quants.len() / block);
        assert!(
            n <= stride && (rows.len() - 1) * stride + n <= out.len(),
            "every product has its place"
        );
        // Some rows of weights stay in the first cache for all rows of activations.
        for first in (0..n).step_by(TILE) {
            let n_tile = TILE.min(n - first);
            for row in 0..rows.len() {
                let task = rows.task(row, weights, first);
                let out = &mut out[row * stride..][first..first + n_tile];
                // SAFETY: `self` proves the instructions; the lengths were checked above.
                unsafe { dispatch!(self, blocks::multiply_tile(&task, out)) }
            }
        }
    }
}

/// A row of activations, `width` long, and where the rows of weights begin that it is multiplied with.
pub(crate) struct Task<'a> {
    pub(crate) quants: &'a [i8],
    pub(crate) starts: &'a [i32],
    pub(crate) scales: &'a [f32],
    pub(crate) weights: *const u8,
    pub(crate) weight_scales: *const f32,
    /// Weights that share a scale.
    pub(crate) block: usize,
    /// Scales of a row of weights.
    pub(crate) n_scales: usize,
    /// Times 64 bytes that a longer block is; else one.
    pub(crate) n_chunks: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kernels: Kernels, n_rows: usize, width: usize, n: usize, block: usize) {
        let mut random = fastrand::Rng::with_seed(width as u64);
        let activations: Vec<f32> = (0..n_rows * width).map(|_| random.f32() * 3.0 - 1.0).collect();
        let quants: Vec<u8> = (0..n * width).map(|_| random.u8(1..)).collect();
        let scales: Vec<f32> = (0..n * width / block).map(|_| random.f32() * 0.01).collect();
        let mut rows = SignedRows::default();
        rows.quantize(kernels, &activations, width, block);
        let mut out = vec![7.0; n_rows * (n + 1)];
        let weights = WeightRows { quants: &quants, scales: &scales, block };
        kernels.multiply_rows(&rows, weights, (&mut out, n + 1));
        for (row, index) in (0..n_rows).flat_map(|row| (0..n).map(move |index| (row, index))) {
            let products = (0..width).map(|k| {
                let weight = f64::from(quants[index * width + k]) - 128.0;
                let scale = f64::from(scales[(index * width + k) / block]);
                let step = f64::from(rows.scales[(row * width + k) / 4]);
                let activation = f64::from(rows.quants[row * width + k]) * step;
                let error = (activation - f64::from(activations[row * width + k])).abs();
                assert!(error <= step * 0.501, "an activation is off by half a step at most");
                weight * scale * activation
            });
            let (expected, found) = (products.sum::<f64>(), f64::from(out[row * (n + 1) + index]));
            assert!(
                (expected - found).abs() < 1e-3,
                "row {row}, {index}: {expected} and not {found}"
            );
        }
        assert!(out.iter().skip(n).step_by(n + 1).all(|&x| x == 7.0), "nothing else is written");
    }

    #[test]
    fn products_are_those_of_the_integers() {
        for kernels in Kernels::of_this_processor() {
            for block in [16, 32, 64, 128, 256] {
                check(kernels, 1, 512, 5, block);
                check(kernels, 3, 256, 2, block);
            }
        }
    }
}
