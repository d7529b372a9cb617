//! [`Linear`]: a linear layer for many rows of activations, such as a whole prompt.

use super::graph_file::GraphFile;
use crate::error::CpuError;
use crate::kernels::{Epilogue, Kernels, Line, MAX_SUM_TERMS, PANEL, Panel, QuantizedActivations};

/// Rows of weights in a [`Line`].
const LINE_ROWS: usize = 4;
/// Columns of weights in a [`Line`].
const LINE_COLUMNS: usize = 16;

/// A linear layer without bias, `[.., k]` to `[.., n]`, with weights in signed bytes and one scale
/// for each column.
#[derive(Debug)]
pub(crate) struct Linear {
    k: usize,
    n: usize,
    /// `[n / 64, k / 4, 4]`: for each panel of 64 columns and each group of 4 rows, 4 lines of 16
    /// columns.
    lines: Vec<Line>,
    /// `[n]`: the value of one step of each column.
    scales: Vec<f32>,
    /// `[n]`: the sum of each column's bytes, by which the zero point of the activations is taken
    /// out.
    sums: Vec<i32>,
}

impl Linear {
    /// Whether the kernels take a layer of this shape.
    pub(crate) fn fits([k, n]: [usize; 2]) -> bool {
        n > 0
            && n.is_multiple_of(PANEL)
            && (1..=MAX_SUM_TERMS).contains(&k)
            && k.is_multiple_of(LINE_COLUMNS)
    }

    /// Loads the layer of this name. `None` if its shape or its numbers are not those that the
    /// kernels take.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one of its tensors is missing or incomplete.
    pub(crate) fn load(file: &GraphFile, name: &str) -> Result<Option<Self>, CpuError> {
        let columns = format!("{name}.columns");
        if !file.has(&columns) {
            return Ok(None);
        }
        let (weights, scales) = (file.tensor(&columns)?, file.tensor(&format!("{name}.scales"))?);
        let shape = weights.matrix().filter(|&shape| Self::fits(shape));
        let (Some([_, n]), Some(weights), Some(scales)) =
            (shape, weights.signed(), scales.floats())
        else {
            return Ok(None);
        };
        if scales.len() != n {
            return Err(CpuError::Tensor(format!("{name}.scales")));
        }
        Ok(Some(Self::pack(&weights, scales)))
    }

    /// Packs `weights`, `[k, n]` signed bytes row by row, of a shape that [fits](Self::fits).
    pub(crate) fn pack(weights: &[u8], scales: Vec<f32>) -> Self {
        let n = scales.len();
        let mut lines = Vec::with_capacity(weights.len() / size_of::<Line>());
        for panel in (0..n).step_by(PANEL) {
            for group in weights.chunks_exact(LINE_ROWS * n) {
                for column in (panel..panel + PANEL).step_by(LINE_COLUMNS) {
                    let rows = std::array::from_fn(|row| &group[row * n + column..]);
                    lines.push(Line::interleave(
                        rows.map(|row| row.first_chunk().expect("a panel is whole lines wide")),
                    ));
                }
            }
        }
        let mut sums = vec![0; n];
        for row in weights.chunks_exact(n) {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, weight)| *sum += i32::from(weight.cast_signed()));
        }
        Self { k: weights.len() / n, n, lines, scales, sums }
    }

    /// `[k, n]`: inputs and outputs of a row.
    pub(crate) fn shape(&self) -> [usize; 2] {
        [self.k, self.n]
    }

    /// Outputs of a row.
    pub(crate) fn n(&self) -> usize {
        self.n
    }

    /// Multiplies all rows with the weights. `out` has rows of `stride` floats; the products go to
    /// the `n` floats of each row that begin at `column`.
    pub(crate) fn apply(
        &self,
        kernels: Kernels,
        rows: &QuantizedActivations,
        (out, stride, column): (&mut [f32], usize, usize),
        epilogue: Epilogue,
    ) {
        let lines_per_panel = self.lines.len() / (self.n / PANEL);
        let panels = self.lines.chunks_exact(lines_per_panel).enumerate();
        for (index, lines) in panels {
            let columns = index * PANEL..(index + 1) * PANEL;
            let panel =
                Panel { lines, scales: &self.scales[columns.clone()], sums: &self.sums[columns] };
            kernels.multiply(rows, panel, (&mut *out, stride, column + index * PANEL), epilogue);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(len: usize, seed: u64) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..len).map(|_| random.f32() * 2.0 - 0.7).collect()
    }

    /// Compares with products that are computed one integer at a time, and returns the products for
    /// each epilogue.
    fn check(kernels: Kernels, n_rows: usize, k: usize, n: usize) -> Vec<Vec<f32>> {
        let mut generator = fastrand::Rng::with_seed(11);
        let weights = (0..k * n).map(|_| generator.i8(-127..=127).cast_unsigned()).collect();
        check_product(kernels, &random(n_rows * k, 9), k, weights, n)
    }

    fn check_product(
        kernels: Kernels,
        activations: &[f32],
        k: usize,
        weights: Vec<u8>,
        n: usize,
    ) -> Vec<Vec<f32>> {
        let n_rows = activations.len() / k;
        let scales = random(n, 5);
        let linear = Linear::pack(&weights, scales.clone());
        let mut rows = QuantizedActivations::default();
        rows.quantize(kernels, activations, k);
        let before = random(n_rows * (n + 16), 6);
        let product_by = |epilogue| {
            let mut out = before.clone();
            linear.apply(kernels, &rows, (&mut out, n + 16, 16), epilogue);
            for row in 0..n_rows {
                for (column, scale) in scales.iter().enumerate() {
                    let place = row * (n + 16) + 16 + column;
                    let product = product(&rows, row, &weights, n, column) * scale;
                    let expected = match epilogue {
                        Epilogue::Store => product,
                        Epilogue::Add => before[place] + product,
                        Epilogue::Relu => product.max(0.0),
                    };
                    let error = (expected - out[place]).abs();
                    assert!(error <= 1e-5 * expected.abs().max(1.0), "row {row}, column {column}");
                }
                let left = &out[row * (n + 16)..][..16];
                assert_eq!(left, &before[row * (n + 16)..][..16], "other columns stay unchanged");
            }
            out
        };
        [Epilogue::Store, Epilogue::Add, Epilogue::Relu].map(product_by).to_vec()
    }

    fn product(
        rows: &QuantizedActivations,
        row: usize,
        weights: &[u8],
        n: usize,
        column: usize,
    ) -> f32 {
        let (scale, zero_point) = rows.scale(row);
        let quants = &rows.quants()[row * rows.width()..][..rows.width()];
        let sum: i32 = quants
            .iter()
            .zip(weights[column..].iter().step_by(n))
            .map(|(quant, weight)| {
                (i32::from(*quant) - zero_point) * i32::from(weight.cast_signed())
            })
            .sum();
        scale * sum as f32
    }

    #[test]
    fn products_equal_those_computed_one_by_one() {
        Kernels::assert_identical_results(|kernels| {
            let few = (1..=7).map(|n_rows| check(kernels, n_rows, 64, 64)).collect::<Vec<_>>();
            (few, check(kernels, 13, 128, 192), check(kernels, 6, 16, 64))
        });
    }

    #[test]
    fn the_largest_bytes_do_not_overflow() {
        let (k, n) = (256, 64);
        Kernels::assert_identical_results(|kernels| {
            let largest = |weight: i8| {
                check_product(kernels, &[1.0; 256], k, vec![weight.cast_unsigned(); k * n], n)
            };
            (largest(127), largest(-127))
        });
    }
}
