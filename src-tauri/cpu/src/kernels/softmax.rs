//! The softmax of a row of scores.

use std::f32::consts::LN_2;

use super::dispatch::dispatch;
use super::kernel_set::{Kernels, LANES};

/// e to the power of x: two to the whole part of x over ln 2, times this polynomial of the rest f. It is the Taylor
/// series of 2^f, highest power first: (ln 2)^n / n!. With f within a half, the next term is below 2e-7. What x loses
/// when it is multiplied adds up with its size: 3 in 10 million down to -1, 2 in a million down to -30.
pub(crate) const EXP2_COEFFICIENTS: [f32; 7] =
    [1.540_353e-4, 1.333_356e-3, 9.618_13e-3, 5.550_41e-2, 2.402_265e-1, LN_2, 1.0];
/// Powers of less than this are zero, which keeps the infinities out.
pub(crate) const LOWEST: f32 = -104.0;

impl Kernels {
    /// Turns the first `n` scores of `row` into their exponentials, less the largest; what follows becomes zero.
    /// Gives one over their sum.
    ///
    /// # Panics
    /// If `row` is no multiple of 16 long, or shorter than `n`, or `n` is zero.
    pub(crate) fn exponentials(self, row: &mut [f32], n: usize) -> f32 {
        assert!(row.len().is_multiple_of(LANES) && (1..=row.len()).contains(&n));
        // SAFETY: `self` proves the instructions.
        unsafe { dispatch!(self, softmax::exponentials(row, n)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_its_exponentials() {
        Kernels::assert_identical_results(|kernels| [1, 2, 16, 31, 32].map(|n| check(kernels, n)));
    }

    fn check(kernels: Kernels, n: usize) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(3);
        let scores: Vec<f32> = (0..32).map(|_| random.f32() * 120.0 - 60.0).collect();
        let mut row = scores.clone();
        let factor = kernels.exponentials(&mut row, n);
        let highest = scores[..n].iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f64> = scores[..n].iter().map(|x| f64::from(x - highest).exp()).collect();
        for (expected, found) in powers.iter().zip(&row) {
            let error = (expected - f64::from(*found)).abs();
            assert!(error <= 1e-5 * expected + 1e-44, "{expected} and not {found}");
        }
        assert!(row[n..].iter().all(|&x| x == 0.0), "what is no score has no share");
        let sum: f64 = powers.iter().sum();
        assert!((f64::from(factor) * sum - 1.0).abs() < 1e-5, "one over the sum");
        row.push(factor);
        row
    }
}
