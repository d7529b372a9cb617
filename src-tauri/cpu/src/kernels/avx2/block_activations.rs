//! Quantization of a block of activations to signed bytes.

use std::arch::x86_64::*;

use super::{LANES, PAIR, f32x16};
use crate::kernels::block_activations::MAX_I8;

/// Rounds a block to signed bytes, with zero exact. Returns minus the sum of the bytes, and the
/// value of one step.
#[target_feature(enable = "avx2,fma")]
pub(crate) fn quantize_block(block: &[f32], quants: &mut [i8]) -> (i32, f32) {
    let (chunks, _) = block.as_chunks();
    let sign = _mm256_set1_ps(-0.0);
    let mut highest = [_mm256_setzero_ps(); PAIR];
    for chunk in chunks {
        for (highest, values) in highest.iter_mut().zip(f32x16::load(chunk)) {
            *highest = _mm256_max_ps(*highest, _mm256_andnot_ps(sign, values));
        }
    }
    let scale = f32x16::highest(highest) / MAX_I8;
    let factor = _mm256_set1_ps(if scale > 0.0 { 1.0 / scale } else { 0.0 });
    let mut sum = _mm256_setzero_si256();
    for (chunk, quants) in chunks.iter().zip(quants.as_chunks_mut::<{ PAIR * LANES }>().0) {
        let step = |values| _mm256_cvtps_epi32(_mm256_mul_ps(values, factor));
        let steps = f32x16::load(chunk).map(step);
        sum = _mm256_add_epi32(sum, _mm256_add_epi32(steps[0], steps[1]));
        let [low, high] = f32x16::words(steps);
        // SAFETY: there is room for sixteen bytes.
        unsafe { _mm_storeu_si128(quants.as_mut_ptr().cast(), _mm_packs_epi16(low, high)) }
    }
    (-f32x16::sum_integers(sum), scale)
}
