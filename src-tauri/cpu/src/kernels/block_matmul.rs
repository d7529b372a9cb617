//! Products of few rows with weights in unsigned bytes, a scale for each block of them: what a decoder's step is made
//! of.
//!
//! A step reads every weight once, so memory sets its pace: the weights of 16 columns lie in the order in which they
//! are read, after each block's scales lines of 16 columns by 4 rows. The activations are
//! rounded to signed bytes, block by block like the weights. A byte of a weight means zero with 128, which the sums
//! of the activations make up for: Σ (w - 128) x = Σ w x - 128 Σ x.

use std::ops::Range;

use super::block_activations::{BlockActivations, COLUMNS, GROUP};
use super::dispatch::dispatch_dot;
use super::kernel_set::Kernels;

/// Bytes in a register, and in a line.
pub(crate) const LINE_BYTES: usize = 64;
/// How far ahead weights are asked for, in bytes: further than memory is away at the pace of the kernel.
pub(crate) const PREFETCH_BYTES: usize = 4096;
/// The byte that means zero.
pub(crate) const ZERO_POINT: i32 = 128;

/// Some columns of a matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockPanels<'a> {
    /// `[n / 16, k / block]` blocks: 16 scales, then `[block / 4]` lines.
    pub(crate) bytes: &'a [u8],
    /// Rows of weights.
    pub(crate) k: usize,
    /// Weights of a column that share a scale: a multiple of 16.
    pub(crate) block: usize,
}

impl BlockPanels<'_> {
    /// Bytes of 16 columns of `k` weights.
    pub(crate) fn panel_len(k: usize, block: usize) -> usize {
        k / block * Self::block_len(block)
    }

    fn block_len(block: usize) -> usize {
        LINE_BYTES + block * COLUMNS
    }

    /// Lays out 16 columns, or the last ones: `quants`, `[n, k]`, and `scales`, `[n, k / block]`, come by column. In
    /// `panel` columns that are not there stay zero.
    pub(crate) fn pack(
        quants: &[u8],
        scales: &[f32],
        (k, block): (usize, usize),
        panel: &mut [u8],
    ) {
        for (column, (quants, scales)) in
            quants.chunks_exact(k).zip(scales.chunks_exact(k / block)).enumerate()
        {
            let blocks = panel.chunks_exact_mut(Self::block_len(block));
            for ((target, quants), scale) in blocks.zip(quants.chunks_exact(block)).zip(scales) {
                let words = target.as_chunks_mut::<GROUP>().0;
                words[column] = scale.to_le_bytes();
                let lines = words[COLUMNS..].chunks_exact_mut(COLUMNS);
                for (line, four) in lines.zip(quants.as_chunks::<GROUP>().0) {
                    line[column] = *four;
                }
            }
        }
    }
}

impl Kernels {
    /// Products of all `rows` with all columns of `weights`: `out[row][column]`, of which `out` has rows of `stride`.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub(crate) fn multiply_rows(
        self,
        rows: &BlockActivations,
        weights: BlockPanels<'_>,
        out: (&mut [f32], usize),
    ) {
        self.multiply_some(rows, 0..rows.len(), weights, out);
    }

    /// The same for one of the rows.
    ///
    /// # Panics
    /// If the lengths do not fit together, or there is no such row.
    pub(crate) fn multiply_row(
        self,
        rows: &BlockActivations,
        row: usize,
        weights: BlockPanels<'_>,
        out: &mut [f32],
    ) {
        let stride = out.len();
        self.multiply_some(rows, row..row + 1, weights, (out, stride));
    }

    fn multiply_some(
        self,
        rows: &BlockActivations,
        wanted: Range<usize>,
        weights: BlockPanels<'_>,
        (out, stride): (&mut [f32], usize),
    ) {
        let BlockPanels { bytes, k, block } = weights;
        let panel_len = BlockPanels::panel_len(k, block);
        let n = bytes.len() / panel_len * COLUMNS;
        assert!((rows.width(), rows.block()) == (k, block), "rows are as long as columns");
        assert!(bytes.len() == n / COLUMNS * panel_len, "panels are whole");
        assert!(wanted.start < wanted.end && wanted.end <= rows.len(), "the rows are there");
        let n_more = wanted.len() - 1;
        assert!(n <= stride && n_more * stride + n <= out.len(), "every product has its place");
        for (panel, column) in bytes.chunks_exact(panel_len).zip((0..).step_by(COLUMNS)) {
            let out = out[column..].as_mut_ptr();
            let task = Task { rows, wanted: wanted.clone(), panel: panel.as_ptr(), out, stride };
            // SAFETY: `self` proves the instructions; the lengths were checked above.
            unsafe { dispatch_dot!(self, block_matmul::multiply_panel(&task)) }
        }
    }
}

/// Some rows of activations, and a panel of weights that they are multiplied with.
pub(crate) struct Task<'a> {
    pub(crate) rows: &'a BlockActivations,
    pub(crate) wanted: Range<usize>,
    /// As long as the rows, and with their blocks.
    pub(crate) panel: *const u8,
    /// The first product's place, in rows of `stride`, one for each of `wanted`.
    pub(crate) out: *mut f32,
    pub(crate) stride: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(quants: &[u8], scales: &[f32], k: usize, block: usize) -> Vec<u8> {
        let n = quants.len() / k;
        let panel_len = BlockPanels::panel_len(k, block);
        let mut bytes = vec![0; n.div_ceil(COLUMNS) * panel_len];
        let columns = quants.chunks(COLUMNS * k).zip(scales.chunks(COLUMNS * k / block));
        for ((quants, scales), panel) in columns.zip(bytes.chunks_exact_mut(panel_len)) {
            BlockPanels::pack(quants, scales, (k, block), panel);
        }
        bytes
    }

    fn check(kernels: Kernels, n_rows: usize, width: usize, n: usize, block: usize) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(width as u64);
        let activations: Vec<f32> = (0..n_rows * width).map(|_| random.f32() * 3.0 - 1.0).collect();
        let quants: Vec<u8> = (0..n * width).map(|_| random.u8(..)).collect();
        let scales: Vec<f32> = (0..n * width / block).map(|_| random.f32() * 0.01).collect();
        let mut rows = BlockActivations::default();
        rows.quantize(kernels, &activations, width, block);
        let (bytes, n_padded) = (pack(&quants, &scales, width, block), n.next_multiple_of(COLUMNS));
        let mut out = vec![7.0; n_rows * (n_padded + 1)];
        let weights = BlockPanels { bytes: &bytes, k: width, block };
        kernels.multiply_rows(&rows, weights, (&mut out, n_padded + 1));
        for (row, index) in (0..n_rows).flat_map(|row| (0..n).map(move |index| (row, index))) {
            let products = (0..width).map(|k| {
                let weight = f64::from(quants[index * width + k]) - 128.0;
                let scale = f64::from(scales[(index * width + k) / block]);
                let step = f64::from(rows.scale(row, k / block));
                let activation = f64::from(rows.quants[row * width + k]) * step;
                let error = (activation - f64::from(activations[row * width + k])).abs();
                assert!(error <= step * 0.501, "an activation is off by half a step at most");
                weight * scale * activation
            });
            let found = f64::from(out[row * (n_padded + 1) + index]);
            let expected = products.sum::<f64>();
            assert!(
                (expected - found).abs() < 1e-3,
                "row {row}, {index}: {expected} and not {found}"
            );
        }
        let mut between = out.iter().skip(n_padded).step_by(n_padded + 1);
        assert!(between.all(|&x| x == 7.0), "nothing else is written");
        out
    }

    #[test]
    fn products_are_those_of_the_integers() {
        Kernels::assert_identical_results(|kernels| {
            [16, 32, 64, 128, 256].map(|block| {
                let one = check(kernels, 1, 512, 16, block);
                [one, check(kernels, 3, 256, 37, block), check(kernels, 9, 256, 5, block)]
            })
        });
    }

    #[test]
    fn the_largest_bytes_are_not_too_large() {
        let (k, block) = (128, 64);
        Kernels::assert_identical_results(|kernels| {
            [(0, 1.0), (0, -1.0), (255, 1.0), (255, -1.0)].map(|(weight, activation)| {
                let mut rows = BlockActivations::default();
                rows.quantize(kernels, &vec![activation; k], k, block);
                let quants = vec![weight; COLUMNS * k];
                let bytes = pack(&quants, &vec![1.0; COLUMNS * k / block], k, block);
                let mut out = [0.0; COLUMNS];
                let weights = BlockPanels { bytes: &bytes, k, block };
                kernels.multiply_rows(&rows, weights, (&mut out, COLUMNS));
                let expected = k as f32 * (f32::from(weight) - 128.0) * activation;
                let is_right = |found: &f32| (found - expected).abs() < 0.01;
                assert!(out.iter().all(is_right), "{weight}, {activation}: {out:?}");
                out
            })
        });
    }
}
