//! [`QuantizedActivations`]: activations as bytes, each row with a scale of its own.

use super::kernel_set::Kernels;

/// Rows of unsigned bytes: an activation is `scale * (byte - zero point)` of its row.
#[derive(Debug, Default)]
pub(crate) struct QuantizedActivations {
    width: usize,
    /// `[n_rows, width]`.
    quants: Vec<u8>,
    /// `[n_rows, 2, width / 4]`: of four bytes the even ones, then of all fours the odd ones, in 16 bits each. Nothing
    /// where the kernels multiply bytes.
    words: Vec<[u8; 4]>,
    /// `[n_rows]`: scale and zero point.
    scales: Vec<(f32, i32)>,
}

impl QuantizedActivations {
    /// Takes the place of what was held: the rows of `rows`, which are `width` long.
    pub(crate) fn quantize(&mut self, kernels: Kernels, rows: &[f32], width: usize) {
        self.width = width;
        self.quants.resize(rows.len(), 0);
        let pairs = rows.chunks_exact(width).zip(self.quants.chunks_exact_mut(width));
        self.scales.clear();
        self.scales.extend(pairs.map(|(row, quants)| kernels.quantize(row, quants)));
        self.words.clear();
        if kernels.multiply_words() {
            for row in self.quants.chunks_exact(width) {
                let (fours, _) = row.as_chunks();
                self.words.extend(fours.iter().map(|&[a, _, c, _]| [a, 0, c, 0]));
                self.words.extend(fours.iter().map(|&[_, b, _, d]| [b, 0, d, 0]));
            }
        }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.scales.len()
    }

    /// Activations of a row.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// All bytes, row after row.
    pub(crate) fn quants(&self) -> &[u8] {
        &self.quants
    }

    /// All bytes in 16 bits, if the kernels multiply those: `[n_rows, 2, width / 4]`.
    pub(crate) fn words(&self) -> &[[u8; 4]] {
        &self.words
    }

    /// A row's scale and zero point.
    pub(crate) fn scale(&self, row: usize) -> (f32, i32) {
        self.scales[row]
    }
}
