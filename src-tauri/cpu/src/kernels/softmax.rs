//! Softmax of a row of scores.

use std::f32::consts::LN_2;

use super::dispatch::dispatch;
use super::kernel_set::{Kernels, LANES};

/// Coefficients of the Taylor series of 2^f, highest power first: (ln 2)^n / n!. The exponential of
/// x is 2^i * 2^f, where i is the integer nearest to x / ln 2, and f the rest. Since |f| <= 1/2,
/// the first missing term is below 2e-7. Rounding x / ln 2 adds an error that grows with |x|: the
/// relative error of the result is 3e-7 down to x = -1, and 2e-6 down to x = -30.
pub(crate) const EXP2_COEFFICIENTS: [f32; 7] =
    [1.540_353e-4, 1.333_356e-3, 9.618_13e-3, 5.550_41e-2, 2.402_265e-1, LN_2, 1.0];
/// Smaller exponents are raised to this one, whose exponential is zero in `f32`. This keeps minus
/// infinity out of the arithmetic.
pub(crate) const MIN_EXPONENT: f32 = -104.0;
/// The same where exponentials are only added up: the result is a normal number, with which processors
/// calculate many times faster than with smaller ones, and too small to count.
pub(crate) const MIN_TERM: f32 = -80.0;

impl Kernels {
    /// Replaces each of the first `n` scores of `row` by its exponential relative to the largest
    /// one, `exp(score - max)`, and the rest of the row by zeros. Returns one over their sum, the
    /// factor that makes them probabilities.
    ///
    /// # Panics
    /// If the length of `row` is not a multiple of 16, or `n` is zero or larger than it.
    pub(crate) fn exponentials(self, row: &mut [f32], n: usize) -> f32 {
        assert!(row.len().is_multiple_of(LANES) && (1..=row.len()).contains(&n));
        // SAFETY: `self` proves the instructions.
        unsafe { dispatch!(self, softmax::exponentials(row, n)) }
    }

    /// Returns the logarithm of the sum of the exponentials of `row`. A score that is not to count
    /// is minus infinity; one at least is finite.
    ///
    /// # Panics
    /// If the length of `row` is not a multiple of 16, or zero.
    pub(crate) fn log_sum_exp(self, row: &[f32]) -> f32 {
        assert!(row.len().is_multiple_of(LANES) && !row.is_empty());
        // SAFETY: `self` proves the instructions.
        unsafe { dispatch!(self, softmax::log_sum_exp(row)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_replaced_by_their_exponentials() {
        Kernels::assert_identical_results(|kernels| [1, 2, 16, 31, 32].map(|n| check(kernels, n)));
    }

    #[test]
    fn the_exponentials_are_added_up() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut row: Vec<f32> = (0..1024).map(|_| random.f32() * 60.0 - 30.0).collect();
        row[1000..].fill(f32::NEG_INFINITY);
        let sum: f64 = row.iter().map(|score| f64::from(*score).exp()).sum();
        Kernels::assert_identical_results(|kernels| {
            let found = kernels.log_sum_exp(&row);
            assert!((f64::from(found) - sum.ln()).abs() < 1e-5, "{found} is not {}", sum.ln());
            found
        });
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
            assert!(error <= 1e-5 * expected + 1e-44, "expected {expected}, found {found}");
        }
        assert!(row[n..].iter().all(|&x| x == 0.0), "the rest of the row has no weight");
        let sum: f64 = powers.iter().sum();
        assert!((f64::from(factor) * sum - 1.0).abs() < 1e-5, "one over the sum");
        row.push(factor);
        row
    }
}
