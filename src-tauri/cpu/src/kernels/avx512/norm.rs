//! RMS norm of a row.

use std::arch::x86_64::*;

use super::LANES;
use super::load::load;
/// See [`Kernels::normalize`](crate::kernels::Kernels::normalize).
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(crate) fn normalize(row: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
    let (chunks, _) = row.as_chunks::<LANES>();
    let mut squares = _mm512_setzero_ps();
    for chunk in chunks {
        squares = _mm512_fmadd_ps(load(chunk), load(chunk), squares);
    }
    let mean = _mm512_reduce_add_ps(squares) / row.len() as f32;
    let factor = _mm512_set1_ps(1.0 / (mean + epsilon).sqrt());
    let (weights, outs) = (weight.as_chunks::<LANES>().0, out.as_chunks_mut::<LANES>().0);
    for ((chunk, weight), out) in chunks.iter().zip(weights).zip(outs) {
        let normed = _mm512_mul_ps(_mm512_mul_ps(load(chunk), factor), load(weight));
        // SAFETY: there is room for sixteen floats.
        unsafe { _mm512_storeu_ps(out.as_mut_ptr(), normed) }
    }
}
