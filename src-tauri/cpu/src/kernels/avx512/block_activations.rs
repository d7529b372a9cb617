//! Quantization of a block of activations to signed bytes.

use std::arch::x86_64::*;

use super::LANES;
use crate::kernels::block_activations::MAX_I8;

/// Rounds a block to signed bytes, with zero exact. Returns minus the sum of the bytes, and the
/// value of one step.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(crate) fn quantize_block(block: &[f32], quants: &mut [i8]) -> (i32, f32) {
    let (chunks, _) = block.as_chunks::<LANES>();
    let mut highest = _mm512_setzero_ps();
    for chunk in chunks {
        // SAFETY: there are sixteen floats.
        highest = _mm512_max_ps(highest, _mm512_abs_ps(unsafe { _mm512_loadu_ps(chunk.as_ptr()) }));
    }
    let scale = _mm512_reduce_max_ps(highest) / MAX_I8;
    let factor = _mm512_set1_ps(if scale > 0.0 { 1.0 / scale } else { 0.0 });
    let mut sum = _mm512_setzero_si512();
    for (chunk, quants) in chunks.iter().zip(quants.as_chunks_mut::<LANES>().0) {
        // SAFETY: there are sixteen floats, and room for sixteen bytes.
        unsafe {
            let steps = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(chunk.as_ptr()), factor));
            sum = _mm512_add_epi32(sum, steps);
            _mm_storeu_si128(quants.as_mut_ptr().cast(), _mm512_cvtsepi32_epi8(steps));
        }
    }
    (-_mm512_reduce_add_epi32(sum), scale)
}
