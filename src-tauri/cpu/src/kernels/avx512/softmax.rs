//! Softmax of a row of scores.

use std::arch::x86_64::*;
use std::f32::consts::LOG2_E;

use super::LANES;
use crate::kernels::softmax::{EXP2_COEFFICIENTS, MIN_EXPONENT, MIN_TERM};

/// See [`Kernels::exponentials`](crate::kernels::Kernels::exponentials).
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(crate) fn exponentials(row: &mut [f32], n: usize) -> f32 {
    row[n..].fill(f32::NEG_INFINITY);
    let (chunks, _) = row.as_chunks_mut::<LANES>();
    let mut highest = _mm512_set1_ps(f32::NEG_INFINITY);
    for chunk in chunks.iter() {
        // SAFETY: there are sixteen floats.
        highest = _mm512_max_ps(highest, unsafe { _mm512_loadu_ps(chunk.as_ptr()) });
    }
    let highest = _mm512_set1_ps(_mm512_reduce_max_ps(highest));
    let mut sum = _mm512_setzero_ps();
    for chunk in chunks {
        // SAFETY: there are sixteen floats.
        let scores = unsafe { _mm512_loadu_ps(chunk.as_ptr()) };
        let powers = exponential(_mm512_sub_ps(scores, highest));
        sum = _mm512_add_ps(sum, powers);
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(chunk.as_mut_ptr(), powers) }
    }
    1.0 / _mm512_reduce_add_ps(sum)
}

/// See [`Kernels::log_sum_exp`](crate::kernels::Kernels::log_sum_exp).
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(crate) fn log_sum_exp(row: &[f32]) -> f32 {
    // SAFETY: there are sixteen floats.
    let load = |chunk: &[f32; LANES]| unsafe { _mm512_loadu_ps(chunk.as_ptr()) };
    let (chunks, _) = row.as_chunks();
    let mut highest = _mm512_set1_ps(f32::NEG_INFINITY);
    for chunk in chunks {
        highest = _mm512_max_ps(highest, load(chunk));
    }
    let highest = _mm512_reduce_max_ps(highest);
    let mut sum = _mm512_setzero_ps();
    for chunk in chunks {
        let difference = _mm512_sub_ps(load(chunk), _mm512_set1_ps(highest));
        let difference = _mm512_max_ps(difference, _mm512_set1_ps(MIN_TERM));
        sum = _mm512_add_ps(sum, exponential(difference));
    }
    highest + _mm512_reduce_add_ps(sum).ln()
}

/// Computes e to the power of numbers that are not above zero. [`EXP2_COEFFICIENTS`] describes the
/// algorithm.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn exponential(x: __m512) -> __m512 {
    let x = _mm512_max_ps(x, _mm512_set1_ps(MIN_EXPONENT));
    let x = _mm512_mul_ps(x, _mm512_set1_ps(LOG2_E));
    let whole = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
    let rest = _mm512_sub_ps(x, whole);
    let mut power = _mm512_set1_ps(EXP2_COEFFICIENTS[0]);
    for term in &EXP2_COEFFICIENTS[1..] {
        power = _mm512_fmadd_ps(power, rest, _mm512_set1_ps(*term));
    }
    _mm512_scalef_ps(power, whole)
}
