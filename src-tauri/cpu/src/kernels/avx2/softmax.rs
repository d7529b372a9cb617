//! Softmax of a row of scores.

use std::arch::x86_64::*;
use std::f32::consts::LOG2_E;

use super::PAIR;
use super::f32x16;
use crate::kernels::softmax::{EXP2_COEFFICIENTS, MIN_EXPONENT, MIN_TERM};

/// See [`Kernels::exponentials`](crate::kernels::Kernels::exponentials).
#[target_feature(enable = "avx2,fma")]
pub(crate) fn exponentials(row: &mut [f32], n: usize) -> f32 {
    row[n..].fill(f32::NEG_INFINITY);
    let (chunks, _) = row.as_chunks_mut();
    let mut highest = [_mm256_set1_ps(f32::NEG_INFINITY); PAIR];
    for chunk in chunks.iter() {
        for (highest, scores) in highest.iter_mut().zip(f32x16::load(chunk)) {
            *highest = _mm256_max_ps(*highest, scores);
        }
    }
    let highest = _mm256_set1_ps(f32x16::highest(highest));
    let mut sum = [_mm256_setzero_ps(); PAIR];
    for chunk in chunks {
        let powers = f32x16::load(chunk).map(|scores| exponential(_mm256_sub_ps(scores, highest)));
        for (sum, powers) in sum.iter_mut().zip(powers) {
            *sum = _mm256_add_ps(*sum, powers);
        }
        f32x16::store(powers, chunk);
    }
    1.0 / f32x16::sum(sum)
}

/// See [`Kernels::log_sum_exp`](crate::kernels::Kernels::log_sum_exp).
#[target_feature(enable = "avx2,fma")]
pub(crate) fn log_sum_exp(row: &[f32]) -> f32 {
    let (chunks, _) = row.as_chunks();
    let mut highest = [_mm256_set1_ps(f32::NEG_INFINITY); PAIR];
    for chunk in chunks {
        for (highest, scores) in highest.iter_mut().zip(f32x16::load(chunk)) {
            *highest = _mm256_max_ps(*highest, scores);
        }
    }
    let highest = f32x16::highest(highest);
    let mut sum = [_mm256_setzero_ps(); PAIR];
    for chunk in chunks {
        for (sum, scores) in sum.iter_mut().zip(f32x16::load(chunk)) {
            let difference = _mm256_sub_ps(scores, _mm256_set1_ps(highest));
            let difference = _mm256_max_ps(difference, _mm256_set1_ps(MIN_TERM));
            *sum = _mm256_add_ps(*sum, exponential(difference));
        }
    }
    highest + f32x16::sum(sum).ln()
}

/// Computes e to the power of numbers that are not above zero. [`EXP2_COEFFICIENTS`] describes the
/// algorithm.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn exponential(x: __m256) -> __m256 {
    let x = _mm256_max_ps(x, _mm256_set1_ps(MIN_EXPONENT));
    let x = _mm256_mul_ps(x, _mm256_set1_ps(LOG2_E));
    let whole = _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
    let rest = _mm256_sub_ps(x, whole);
    let mut power = _mm256_set1_ps(EXP2_COEFFICIENTS[0]);
    for term in &EXP2_COEFFICIENTS[1..] {
        power = _mm256_fmadd_ps(power, rest, _mm256_set1_ps(*term));
    }
    scale(power, _mm256_cvtps_epi32(whole))
}

/// Computes `power * 2^n` for `n` above -252, in two multiplications by half of the exponent each,
/// because 2^n itself may be below the smallest normal float.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn scale(power: __m256, n: __m256i) -> __m256 {
    let half = _mm256_srai_epi32::<1>(n);
    let factor = |n| {
        _mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_add_epi32(n, _mm256_set1_epi32(127))))
    };
    _mm256_mul_ps(_mm256_mul_ps(power, factor(half)), factor(_mm256_sub_epi32(n, half)))
}
