//! The softmax of a row of scores.

use super::{Kernels, LANES, dispatch};

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
        Kernels::of_this_processor().into_iter().for_each(check);
    }

    fn check(kernels: Kernels) {
        let mut random = fastrand::Rng::with_seed(3);
        for n in [1, 2, 16, 31, 32] {
            let scores: Vec<f32> = (0..32).map(|_| random.f32() * 60.0 - 30.0).collect();
            let mut row = scores.clone();
            let factor = kernels.exponentials(&mut row, n);
            let highest = scores[..n].iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let powers: Vec<f64> =
                scores[..n].iter().map(|x| f64::from(x - highest).exp()).collect();
            for (expected, found) in powers.iter().zip(&row) {
                let error = (expected - f64::from(*found)).abs();
                assert!(error <= 5e-6 * expected + 1e-30, "{expected} and not {found}");
            }
            assert!(row[n..].iter().all(|&x| x == 0.0), "what is no score has no share");
            let sum: f64 = powers.iter().sum();
            assert!((f64::from(factor) * sum - 1.0).abs() < 1e-5, "one over the sum");
        }
    }
}
