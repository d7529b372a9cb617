//! Products of few rows of activations with 8-bit weights that have one scale for each block of a
//! column: the matrix products of a decoder step.
//!
//! A step reads every weight once, so it is limited by memory bandwidth, and weights lie in the
//! order in which they are read, in the fewest bits that hold them ([`BlockFormat`]).
//!
//! Activations are signed bytes with the same blocks. Weights are unsigned numbers with a zero
//! point, which the sums of the activations take out: Σ (w - z) x = Σ w x - z Σ x. Where weights lie
//! above a minimum m instead, its product m Σ x is added in floats.
//!
//! Integers are exact, and each block's product is added to a row's sum in the order of the blocks.
//! So a product of many rows, such as a prompt's, is the same to the last bit as those of each row.

use std::ops::Range;

use super::block_activations::{BlockActivations, COLUMNS};
use super::block_format::{BlockFormat, Width};
use super::dispatch::{dispatch, dispatch_dot};
use super::kernel_set::Kernels;

/// How many bytes ahead weights are prefetched. At the speed of the kernel this takes longer than
/// memory takes to answer.
pub(crate) const PREFETCH_BYTES: usize = 4096;
/// The most rows that are multiplied with weights as they lie in memory. For more rows, a panel is
/// unpacked to bytes first.
const MAX_PACKED_ROWS: usize = 12;

/// Some columns of a matrix, in whole panels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlockPanels<'a> {
    /// `[n / 16]` panels.
    pub(crate) bytes: &'a [u8],
    /// Weights of a column.
    pub(crate) k: usize,
    pub(crate) format: BlockFormat,
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
        let BlockPanels { bytes, k, format } = weights;
        let panel_len = format.panel_len(k);
        let n = bytes.len() / panel_len * COLUMNS;
        let shape = (rows.width(), rows.block());
        assert!(shape == (k, format.block), "rows and columns are equally long");
        assert!(k.is_multiple_of(format.span()), "columns are whole spans");
        assert!(bytes.len() == n / COLUMNS * panel_len, "panels are complete");
        assert!(wanted.start < wanted.end && wanted.end <= rows.len(), "the rows exist");
        let n_more = wanted.len() - 1;
        assert!(n <= stride && n_more * stride + n <= out.len(), "every product has a place");
        let is_unpacked = wanted.len() > MAX_PACKED_ROWS && format.width != Width::Eight;
        let mut unpacked = vec![0; if is_unpacked { format.unpacked().panel_len(k) } else { 0 }];
        for (panel, column) in bytes.chunks_exact(panel_len).zip((0..).step_by(COLUMNS)) {
            let out = out[column..].as_mut_ptr();
            let (wanted, panel) = (wanted.clone(), panel.as_ptr());
            let mut task = Task { rows, wanted, panel, format, out, stride };
            // SAFETY: `self` proves the instructions; the lengths were checked above, and an
            // unpacked panel has the length that its format says.
            unsafe {
                if is_unpacked {
                    let n_spans = k / format.span();
                    dispatch!(
                        self,
                        block_panels::unpack_panel(panel, format, n_spans, &mut unpacked)
                    );
                    (task.panel, task.format) = (unpacked.as_ptr(), format.unpacked());
                }
                dispatch_dot!(self, block_matmul::multiply_panel(&task));
            }
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
    pub(crate) format: BlockFormat,
    /// Where the product of the first row and column goes; the next row's is `stride` floats later.
    pub(crate) out: *mut f32,
    pub(crate) stride: usize,
}

#[cfg(test)]
mod tests {
    use pounce_model_format::weight_format::{Factors, Groups, WeightFormat};

    use super::*;
    use crate::ggml;

    /// Columns of `k` weights, packed, and their weights as floats.
    struct Matrix {
        bytes: Vec<u8>,
        k: usize,
        format: BlockFormat,
        /// `[n, k]`.
        weights: Vec<f32>,
    }

    impl Matrix {
        /// Packs `n` columns in blocks of `block` into the smallest format.
        fn around_zero(steps: &[i8], scales: &[f32], k: usize, block: usize) -> Self {
            let format = BlockFormat::smallest(steps, scales, block);
            let groups = |columns: Range<usize>| Groups {
                steps: steps[columns.start * k..columns.end * k].to_vec(),
                scales: Factors::of_units(
                    scales[columns.start * k / block..columns.end * k / block].to_vec(),
                ),
                ..Groups::default()
            };
            let weight = |(index, step): (usize, &i8)| scales[index / block] * f32::from(*step);
            let weights = steps.iter().enumerate().map(weight).collect();
            Self::pack(groups, k, format, weights)
        }

        /// `n` random columns in a format of llama.cpp.
        fn ggml(name: &str, n: usize, k: usize) -> Self {
            let stored = WeightFormat::of_code(ggml::code(name)).unwrap();
            let bytes = ggml::random(name, n * k, 1.0, &mut fastrand::Rng::with_seed(k as u64));
            let row_len = stored.stored_bytes(k);
            let groups = |columns: Range<usize>| {
                stored.groups(&bytes[columns.start * row_len..columns.end * row_len])
            };
            let format = BlockFormat::of(stored).unwrap();
            Self::pack(groups, k, format, ggml::dequantize(name, &bytes))
        }

        fn pack(
            groups: impl Fn(Range<usize>) -> Groups,
            k: usize,
            format: BlockFormat,
            weights: Vec<f32>,
        ) -> Self {
            let (n, panel_len) = (weights.len() / k, format.panel_len(k));
            let mut bytes = vec![0; n.div_ceil(COLUMNS) * panel_len];
            for (index, panel) in bytes.chunks_exact_mut(panel_len).enumerate() {
                let start = index * COLUMNS;
                format.pack(&groups(start..(start + COLUMNS).min(n)), k, panel);
            }
            Self { bytes, k, format, weights }
        }

        fn panels(&self) -> BlockPanels<'_> {
            BlockPanels { bytes: &self.bytes, k: self.k, format: self.format }
        }

        /// Columns.
        fn n(&self) -> usize {
            self.weights.len() / self.k
        }
    }

    /// `n` columns of random weights of up to `reach` steps.
    fn random_matrix(n: usize, k: usize, (block, reach): (usize, i32)) -> Matrix {
        let mut random = fastrand::Rng::with_seed(k as u64);
        let steps: Vec<i8> = (0..n * k).map(|_| random.i32(-reach..reach) as i8).collect();
        // Half of the matrices have scales that are 16-bit floats.
        let scale = |random: &mut fastrand::Rng| match n % 2 {
            0 => random.u32(1..100) as f32 / 8192.0,
            _ => random.f32() * 0.01,
        };
        let scales: Vec<f32> = (0..n * k / block).map(|_| scale(&mut random)).collect();
        Matrix::around_zero(&steps, &scales, k, block)
    }

    /// Blocks and reach of matrices around zero in every width.
    const BLOCKS: [(usize, i32); 8] =
        [(16, 128), (32, 128), (256, 128), (16, 32), (32, 32), (32, 16), (64, 16), (32, 8)];
    /// The formats that are copied from checkpoints.
    const GGML: [&str; 8] = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"];

    /// The products of random rows with all columns, which are checked.
    fn check(kernels: Kernels, n_rows: usize, matrix: &Matrix) -> Vec<f32> {
        let (width, n, block) = (matrix.k, matrix.n(), matrix.format.block);
        let mut random = fastrand::Rng::with_seed(width as u64);
        let activations: Vec<f32> = (0..n_rows * width).map(|_| random.f32() * 3.0 - 1.0).collect();
        let mut rows = BlockActivations::default();
        rows.quantize(kernels, &activations, width, block);
        let n_padded = n.next_multiple_of(COLUMNS);
        let mut out = vec![7.0; n_rows * (n_padded + 1)];
        kernels.multiply_rows(&rows, matrix.panels(), (&mut out, n_padded + 1));
        for (row, index) in (0..n_rows).flat_map(|row| (0..n).map(move |index| (row, index))) {
            let products = (0..width).map(|k| {
                let step = f64::from(rows.scale(row, k / block));
                let activation = f64::from(rows.quants[row * width + k]) * step;
                let error = (activation - f64::from(activations[row * width + k])).abs();
                assert!(error <= step * 0.501, "the rounding error is at most half a step");
                f64::from(matrix.weights[index * width + k]) * activation
            });
            let found = f64::from(out[row * (n_padded + 1) + index]);
            let expected = products.sum::<f64>();
            assert!(
                (expected - found).abs() < 1e-3,
                "row {row}, {index}: expected {expected}, found {found} in {:?}",
                matrix.format
            );
        }
        let mut between = out.iter().skip(n_padded).step_by(n_padded + 1);
        assert!(between.all(|&x| x == 7.0), "no other float is written");
        out
    }

    #[test]
    fn products_equal_those_computed_one_by_one() {
        let shapes = [(1, 16, 512), (3, 37, 256), (9, 5, 256), (20, 16, 256)];
        Kernels::assert_identical_results(|kernels| {
            let check = |matrix: &dyn Fn(usize, usize) -> Matrix| {
                shapes.map(|(n_rows, n, k)| check(kernels, n_rows, &matrix(n, k)))
            };
            let around_zero = BLOCKS.map(|blocks| check(&|n, k| random_matrix(n, k, blocks)));
            let of_llama_cpp = GGML.map(|name| check(&|n, k| Matrix::ggml(name, n, k)));
            (around_zero, of_llama_cpp)
        });
    }

    #[test]
    fn a_row_has_the_same_product_alone_and_among_many() {
        let (k, n) = (256, 32);
        let around_zero = BLOCKS.map(|blocks| random_matrix(n, k, blocks));
        for matrix in around_zero.into_iter().chain(GGML.map(|name| Matrix::ggml(name, n, k))) {
            Kernels::assert_identical_results(|kernels| {
                let mut random = fastrand::Rng::with_seed(8);
                let floats: Vec<f32> = (0..40 * k).map(|_| random.f32() - 0.5).collect();
                let mut rows = BlockActivations::default();
                rows.quantize(kernels, &floats, k, matrix.format.block);
                let mut all = vec![0.0; 40 * n];
                kernels.multiply_rows(&rows, matrix.panels(), (&mut all, n));
                for (row, among_many) in all.chunks_exact(n).enumerate() {
                    let mut alone = vec![0.0; n];
                    kernels.multiply_row(&rows, row, matrix.panels(), &mut alone);
                    assert_eq!(alone, among_many, "row {row} in {:?}", matrix.format);
                }
                all
            });
        }
    }

    #[test]
    fn the_largest_bytes_do_not_overflow() {
        let (k, block) = (128, 64);
        Kernels::assert_identical_results(|kernels| {
            let cases = [-128, -32, -16, -8, 15, 31, 127];
            cases.map(|step: i8| {
                [1.0, -1.0].map(|activation| {
                    let mut rows = BlockActivations::default();
                    rows.quantize(kernels, &vec![activation; 20 * k], k, block);
                    let (steps, scales) = (vec![step; COLUMNS * k], vec![1.0; COLUMNS * k / block]);
                    let matrix = Matrix::around_zero(&steps, &scales, k, block);
                    let mut out = vec![0.0; 20 * COLUMNS];
                    kernels.multiply_rows(&rows, matrix.panels(), (&mut out, COLUMNS));
                    let expected = k as f32 * f32::from(step) * activation;
                    let is_right = |found: &f32| (found - expected).abs() < 0.01;
                    assert!(out.iter().all(is_right), "{step}, {activation}: {out:?}");
                    out
                })
            })
        });
    }
}
