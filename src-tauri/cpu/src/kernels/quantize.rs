//! Quantization of a row to unsigned bytes.

use super::dispatch::dispatch;
use super::kernel_set::{Kernels, LANES};

/// The largest unsigned byte.
const MAX_U8: f32 = 255.0;

impl Kernels {
    /// Rounds `row` to unsigned bytes. Returns the scale, which is the value of one step, and the
    /// zero point, the byte that stands for exactly zero.
    ///
    /// # Panics
    /// If the lengths differ, or are not a multiple of 16.
    pub(crate) fn quantize(self, row: &[f32], quants: &mut [u8]) -> (f32, i32) {
        assert!(row.len() == quants.len() && row.len().is_multiple_of(LANES));
        // SAFETY: `self` proves the instructions.
        unsafe { dispatch!(self, quantize::quantize(row, quants)) }
    }
}

/// The scale and the zero point for numbers from `low` to `high`, a range that includes zero.
pub(crate) fn scale(low: f32, high: f32) -> (f32, i32) {
    let scale = if high > low { (high - low) / MAX_U8 } else { 1.0 };
    (scale, (-low / scale).round_ties_even() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rounding_error_is_at_most_a_step_and_zero_is_exact() {
        Kernels::assert_identical_results(check_rounding);
    }

    fn check_rounding(kernels: Kernels) -> [Vec<u8>; 5] {
        let check = |row: &[f32], why: &str| {
            let mut quants = vec![0; row.len()];
            let (scale, zero_point) = kernels.quantize(row, &mut quants);
            for (x, quant) in row.iter().zip(&quants) {
                let found = (i32::from(*quant) - zero_point) as f32 * scale;
                // Both the number and the zero point are rounded.
                assert!((x - found).abs() <= scale * 1.001, "{why}: {x} became {found}");
                assert!(*x != 0.0 || found == 0.0, "{why}: zero is exact");
            }
            quants
        };
        let mut random = fastrand::Rng::with_seed(7);
        let row: Vec<f32> = (0..256).map(|_| random.f32() * 8.0 - 3.0).collect();
        [
            check(&row, "around zero"),
            check(&row.iter().map(|x| x.max(0.0)).collect::<Vec<_>>(), "after a relu"),
            check(&row.iter().map(|x| -x.abs()).collect::<Vec<_>>(), "below zero"),
            check(&[0.0; 32], "nothing"),
            check(&[5.0; 32], "all the same"),
        ]
    }
}
