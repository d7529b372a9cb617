//! Quantization of a row to unsigned bytes.

use std::arch::x86_64::*;

use super::{LANES, PAIR, f32x16};
use crate::kernels::quantize::scale;

/// See [`Kernels::quantize`](crate::kernels::Kernels::quantize).
#[target_feature(enable = "avx2,fma")]
pub(crate) fn quantize(row: &[f32], quants: &mut [u8]) -> (f32, i32) {
    let (chunks, _) = row.as_chunks();
    let (mut low, mut high) = ([_mm256_setzero_ps(); PAIR], [_mm256_setzero_ps(); PAIR]);
    for chunk in chunks {
        let values = f32x16::load(chunk);
        for half in 0..PAIR {
            low[half] = _mm256_min_ps(low[half], values[half]);
            high[half] = _mm256_max_ps(high[half], values[half]);
        }
    }
    let (low, high) = (f32x16::lowest(low), f32x16::highest(high));
    let (scale, zero_point) = scale(low, high);
    let (factor, zero) = (_mm256_set1_ps(1.0 / scale), _mm256_set1_epi32(zero_point));
    for (chunk, out) in chunks.iter().zip(quants.as_chunks_mut::<{ PAIR * LANES }>().0) {
        let step = |values| _mm256_cvtps_epi32(_mm256_mul_ps(values, factor));
        let steps = f32x16::load(chunk).map(|values| _mm256_add_epi32(step(values), zero));
        let [low, high] = f32x16::words(steps);
        // SAFETY: there is room for sixteen bytes.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), _mm_packus_epi16(low, high)) }
    }
    (scale, zero_point)
}
