//! Quantization of a row to unsigned bytes.

use std::arch::x86_64::*;

use super::LANES;
use super::load::load;
use crate::kernels::quantize::scale;

/// See [`Kernels::quantize`](crate::kernels::Kernels::quantize).
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(crate) fn quantize(row: &[f32], quants: &mut [u8]) -> (f32, i32) {
    let (chunks, _) = row.as_chunks::<LANES>();
    let (mut low, mut high) = (_mm512_setzero_ps(), _mm512_setzero_ps());
    for chunk in chunks {
        low = _mm512_min_ps(low, load(chunk));
        high = _mm512_max_ps(high, load(chunk));
    }
    let (low, high) = (_mm512_reduce_min_ps(low), _mm512_reduce_max_ps(high));
    let (scale, zero_point) = scale(low, high);
    let (factor, zero) = (_mm512_set1_ps(1.0 / scale), _mm512_set1_epi32(zero_point));
    for (chunk, out) in chunks.iter().zip(quants.as_chunks_mut::<LANES>().0) {
        let steps = _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(load(chunk), factor)), zero);
        let bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(steps, _mm512_setzero_si512()));
        // SAFETY: there is room for sixteen bytes.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), bytes) }
    }
    (scale, zero_point)
}
