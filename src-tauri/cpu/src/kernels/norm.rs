//! RMS norm of a row.

use super::dispatch::dispatch;
use super::kernel_set::{Kernels, LANES};

impl Kernels {
    /// Writes `row / sqrt(mean(row²) + epsilon) * weight` to `out` (Zhang and Sennrich 2019, "Root
    /// Mean Square Layer Normalization").
    ///
    /// # Panics
    /// If the lengths differ, or are not a multiple of 16.
    pub(crate) fn normalize(self, row: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
        assert!(
            row.len() == weight.len() && row.len() == out.len() && row.len().is_multiple_of(LANES)
        );
        // SAFETY: `self` proves the instructions.
        unsafe { dispatch!(self, norm::normalize(row, weight, epsilon, out)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_normalized_row_has_the_root_mean_square_of_the_weights() {
        Kernels::assert_identical_results(check_norm);
    }

    fn check_norm(kernels: Kernels) -> Vec<f32> {
        let row: Vec<f32> = (0..64).map(|index| index as f32 - 20.0).collect();
        let weight: Vec<f32> = (0..64).map(|index| 1.0 + index as f32 / 64.0).collect();
        let mut out = vec![0.0; 64];
        kernels.normalize(&row, &weight, 1e-6, &mut out);
        let mean = row.iter().map(|x| x * x).sum::<f32>() / 64.0;
        for ((x, w), found) in row.iter().zip(&weight).zip(&out) {
            let expected = x / (mean + 1e-6).sqrt() * w;
            assert!((expected - found).abs() < 1e-5, "expected {expected}, found {found}");
        }
        out
    }
}
