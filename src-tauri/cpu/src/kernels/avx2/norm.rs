//! Norms, and the rounding of rows to unsigned bytes.

use std::arch::x86_64::*;

use super::{LANES, PAIR, sixteen};
use crate::kernels::rounding::scale;

/// See [`Kernels::normalize`](crate::kernels::Kernels::normalize).
#[target_feature(enable = "avx2,fma")]
pub(crate) fn normalize(row: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
    let (chunks, _) = row.as_chunks();
    let mut squares = [_mm256_setzero_ps(); PAIR];
    for chunk in chunks {
        for (sum, values) in squares.iter_mut().zip(sixteen::load(chunk)) {
            *sum = _mm256_fmadd_ps(values, values, *sum);
        }
    }
    let mean = sixteen::sum(squares) / row.len() as f32;
    let factor = _mm256_set1_ps(1.0 / (mean + epsilon).sqrt());
    let (weights, outs) = (weight.as_chunks().0, out.as_chunks_mut().0);
    for ((chunk, weight), out) in chunks.iter().zip(weights).zip(outs) {
        let (values, weight) = (sixteen::load(chunk), sixteen::load(weight));
        let normed = |half: usize| _mm256_mul_ps(_mm256_mul_ps(values[half], factor), weight[half]);
        sixteen::store([normed(0), normed(1)], out);
    }
}

/// See [`Kernels::quantize`](crate::kernels::Kernels::quantize).
#[target_feature(enable = "avx2,fma")]
pub(crate) fn quantize(row: &[f32], quants: &mut [u8]) -> (f32, i32) {
    let (chunks, _) = row.as_chunks();
    let (mut low, mut high) = ([_mm256_setzero_ps(); PAIR], [_mm256_setzero_ps(); PAIR]);
    for chunk in chunks {
        let values = sixteen::load(chunk);
        for half in 0..PAIR {
            low[half] = _mm256_min_ps(low[half], values[half]);
            high[half] = _mm256_max_ps(high[half], values[half]);
        }
    }
    let (low, high) = (sixteen::lowest(low), sixteen::highest(high));
    let (scale, zero_point) = scale(low, high);
    let (factor, zero) = (_mm256_set1_ps(1.0 / scale), _mm256_set1_epi32(zero_point));
    for (chunk, out) in chunks.iter().zip(quants.as_chunks_mut::<{ PAIR * LANES }>().0) {
        let step = |values| _mm256_cvtps_epi32(_mm256_mul_ps(values, factor));
        let steps = sixteen::load(chunk).map(|values| _mm256_add_epi32(step(values), zero));
        let [low, high] = sixteen::words(steps);
        // SAFETY: there are sixteen.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), _mm_packus_epi16(low, high)) }
    }
    (scale, zero_point)
}
