//! [`QuantizedActivations`]: activations as unsigned bytes, each row with a scale and a zero point
//! of its own.

use super::kernel_set::Kernels;

/// Rows of unsigned bytes. An activation is `scale * (byte - zero_point)`.
#[derive(Debug, Default)]
pub(crate) struct QuantizedActivations {
    width: usize,
    /// `[n_rows, width]`.
    quants: Vec<u8>,
    /// `[n_rows, 2, width / 4]` pairs of 16-bit words: for every group of 4 bytes the first and the
    /// third one, then for every group the second and the fourth one. Empty if the kernels multiply
    /// bytes.
    words: Vec<[u8; 4]>,
    /// `[n_rows]`: scale and zero point of each row.
    scales: Vec<(f32, i32)>,
}

impl QuantizedActivations {
    /// Replaces the contents by the quantized `rows`, `[n_rows, width]`.
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

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.scales.len()
    }

    /// Activations of a row.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// All bytes: `[n_rows, width]`.
    pub(crate) fn quants(&self) -> &[u8] {
        &self.quants
    }

    /// All bytes as pairs of 16-bit words, `[n_rows, 2, width / 4]`; empty if the kernels multiply
    /// bytes.
    pub(crate) fn words(&self) -> &[[u8; 4]] {
        &self.words
    }

    /// A row's scale and zero point.
    pub(crate) fn scale(&self, row: usize) -> (f32, i32) {
        self.scales[row]
    }
}
