//! Products of few rows of activations with 8-bit weights that have one scale for each block of a
//! column: the matrix products of a decoder step.
//!
//! A step reads every weight once, so it is limited by memory bandwidth, and weights lie in the
//! order in which they are read. A panel has 16 columns. Each of its blocks begins with the 16
//! columns' scales (64 bytes), followed by one line of 64 bytes for every 4 rows: for each column,
//! the weights of these 4 rows side by side, as VPDPBUSD multiplies them.
//!
//! Activations are signed bytes with the same blocks. Weights are unsigned bytes with zero point
//! 128, which the sums of the activations take out: Σ (w - 128) x = Σ w x - 128 Σ x.

use std::ops::Range;

use super::block_activations::{BlockActivations, COLUMNS, GROUP};
use super::dispatch::dispatch_dot;
use super::kernel_set::Kernels;

/// Bytes of a line, and of a register of 512 bits.
pub(crate) const LINE_BYTES: usize = 64;
/// How many bytes ahead weights are prefetched. At the speed of the kernel this takes longer than
/// memory takes to answer.
pub(crate) const PREFETCH_BYTES: usize = 4096;
/// The unsigned byte that stands for zero.
pub(crate) const ZERO_POINT: i32 = 128;

/// Some columns of a matrix, in whole panels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockPanels<'a> {
    /// `[n / 16, k / block]` blocks, each of 16 scales in `f32` and `[block / 4, 16, 4]` weights.
    pub(crate) bytes: &'a [u8],
    /// Weights of a column.
    pub(crate) k: usize,
    /// Weights of a column that share a scale: a multiple of 16.
    pub(crate) block: usize,
}

impl BlockPanels<'_> {
    /// Bytes of a panel: 16 columns of `k` weights.
    pub(crate) fn panel_len(k: usize, block: usize) -> usize {
        k / block * Self::block_len(block)
    }

    /// Bytes of one block of a panel.
    fn block_len(block: usize) -> usize {
        LINE_BYTES + block * COLUMNS
    }

    /// Packs up to 16 columns, `quants`, `[n, k]`, and `scales`, `[n, k / block]`, into one panel.
    /// The bytes of missing columns stay as they are: zero in new memory.
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
    /// Multiplies all `rows` with all columns of `weights`. `out` has rows of `stride` floats,
    /// whose first `n` are written.
    ///
    /// # Panics
    /// If the widths or the blocks of `rows` and `weights` differ, or `out` is too short.
    pub(crate) fn multiply_rows(
        self,
        rows: &BlockActivations,
        weights: BlockPanels<'_>,
        out: (&mut [f32], usize),
    ) {
        self.multiply_some(rows, 0..rows.len(), weights, out);
    }

    /// Multiplies one row with all columns of `weights`, into `out`, `[n]`.
    ///
    /// # Panics
    /// As [`multiply_rows`](Self::multiply_rows), or if there is no such row.
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
        assert!((rows.width(), rows.block()) == (k, block), "rows and columns are equally long");
        assert!(bytes.len() == n / COLUMNS * panel_len, "panels are complete");
        assert!(wanted.start < wanted.end && wanted.end <= rows.len(), "the rows exist");
        let n_more = wanted.len() - 1;
        assert!(n <= stride && n_more * stride + n <= out.len(), "every product has a place");
        for (panel, column) in bytes.chunks_exact(panel_len).zip((0..).step_by(COLUMNS)) {
            let out = out[column..].as_mut_ptr();
            let task = Task { rows, wanted: wanted.clone(), panel: panel.as_ptr(), out, stride };
            // SAFETY: `self` proves the instructions; the lengths were checked above.
            unsafe { dispatch_dot!(self, block_matmul::multiply_panel(&task)) }
        }
    }
}

/// The checked arguments of one call of a kernel: some rows of activations, and one panel of
/// weights.
pub(crate) struct Task<'a> {
    pub(crate) rows: &'a BlockActivations,
    /// The rows that are multiplied.
    pub(crate) wanted: Range<usize>,
    /// A panel with as many weights to a column as the rows are wide, in blocks of the same length.
    pub(crate) panel: *const u8,
    /// Where the product of the first row and column goes; the next row's is `stride` floats later.
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
                assert!(error <= step * 0.501, "the rounding error is at most half a step");
                weight * scale * activation
            });
            let found = f64::from(out[row * (n_padded + 1) + index]);
            let expected = products.sum::<f64>();
            assert!(
                (expected - found).abs() < 1e-3,
                "row {row}, {index}: expected {expected}, found {found}"
            );
        }
        let mut between = out.iter().skip(n_padded).step_by(n_padded + 1);
        assert!(between.all(|&x| x == 7.0), "no other float is written");
        out
    }

    #[test]
    fn products_equal_those_computed_one_by_one() {
        Kernels::assert_identical_results(|kernels| {
            [16, 32, 64, 128, 256].map(|block| {
                let one = check(kernels, 1, 512, 16, block);
                [one, check(kernels, 3, 256, 37, block), check(kernels, 9, 256, 5, block)]
            })
        });
    }

    #[test]
    fn the_largest_bytes_do_not_overflow() {
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
