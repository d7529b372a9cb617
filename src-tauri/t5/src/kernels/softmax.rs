//! The softmax of a row of scores.

use std::arch::x86_64::*;
use std::f32::consts::{LN_2, LOG2_E};

use super::Vnni;

/// Floats in a register.
const LANES: usize = 16;

impl Vnni {
    /// Turns the first `n` scores of `row` into their exponentials, less the largest; what follows becomes zero.
    /// Gives one over their sum.
    ///
    /// # Panics
    /// If `row` is no multiple of 16 long, or shorter than `n`, or `n` is zero.
    pub(crate) fn exponentials(self, row: &mut [f32], n: usize) -> f32 {
        assert!(row.len().is_multiple_of(LANES) && (1..=row.len()).contains(&n));
        // SAFETY: `self` proves the instructions.
        unsafe { exponentials(row, n) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn exponentials(row: &mut [f32], n: usize) -> f32 {
    row[n..].fill(f32::NEG_INFINITY);
    let (chunks, _) = row.as_chunks_mut::<LANES>();
    let mut highest = _mm512_set1_ps(f32::NEG_INFINITY);
    for chunk in chunks.iter() {
        // SAFETY: there are sixteen.
        highest = _mm512_max_ps(highest, unsafe { _mm512_loadu_ps(chunk.as_ptr()) });
    }
    let highest = _mm512_set1_ps(_mm512_reduce_max_ps(highest));
    let mut sum = _mm512_setzero_ps();
    for chunk in chunks {
        // SAFETY: there are sixteen.
        let scores = unsafe { _mm512_loadu_ps(chunk.as_ptr()) };
        let powers = exponential(_mm512_sub_ps(scores, highest));
        sum = _mm512_add_ps(sum, powers);
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(chunk.as_mut_ptr(), powers) }
    }
    1.0 / _mm512_reduce_add_ps(sum)
}

/// e to the power of numbers that are not above zero, right to 3 in 10 million: two to the whole part of the number
/// over ln 2, times a polynomial for the rest.
#[inline]
#[target_feature(enable = "avx512f")]
fn exponential(x: __m512) -> __m512 {
    /// The Taylor series of 2^f, highest power first: (ln 2)^n / n!. With f within a half, the next term is below
    /// 3e-8.
    const SERIES: [f32; 7] =
        [1.540_353e-4, 1.333_356e-3, 9.618_13e-3, 5.550_41e-2, 2.402_265e-1, LN_2, 1.0];
    // Far below what a float can tell from zero: keeps the infinities out.
    let x = _mm512_max_ps(x, _mm512_set1_ps(-104.0));
    let x = _mm512_mul_ps(x, _mm512_set1_ps(LOG2_E));
    let whole = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
    let rest = _mm512_sub_ps(x, whole);
    let mut power = _mm512_set1_ps(SERIES[0]);
    for term in &SERIES[1..] {
        power = _mm512_fmadd_ps(power, rest, _mm512_set1_ps(*term));
    }
    _mm512_scalef_ps(power, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_its_exponentials() {
        let Some(vnni) = Vnni::detect() else {
            return eprintln!("this processor has no AVX-512 VNNI: the softmax was NOT checked");
        };
        let mut random = fastrand::Rng::with_seed(3);
        for n in [1, 2, 16, 31, 32] {
            let scores: Vec<f32> = (0..32).map(|_| random.f32() * 60.0 - 30.0).collect();
            let mut row = scores.clone();
            let factor = vnni.exponentials(&mut row, n);
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
