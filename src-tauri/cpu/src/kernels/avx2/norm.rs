//! RMS norm of a row.

use std::arch::x86_64::*;

use super::{PAIR, f32x16};
/// See [`Kernels::normalize`](crate::kernels::Kernels::normalize).
#[target_feature(enable = "avx2,fma")]
pub(crate) fn normalize(row: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
    let (chunks, _) = row.as_chunks();
    let mut squares = [_mm256_setzero_ps(); PAIR];
    for chunk in chunks {
        for (sum, values) in squares.iter_mut().zip(f32x16::load(chunk)) {
            *sum = _mm256_fmadd_ps(values, values, *sum);
        }
    }
    let mean = f32x16::sum(squares) / row.len() as f32;
    let factor = _mm256_set1_ps(1.0 / (mean + epsilon).sqrt());
    let (weights, outs) = (weight.as_chunks().0, out.as_chunks_mut().0);
    for ((chunk, weight), out) in chunks.iter().zip(weights).zip(outs) {
        let (values, weight) = (f32x16::load(chunk), f32x16::load(weight));
        let normed = |half: usize| _mm256_mul_ps(_mm256_mul_ps(values[half], factor), weight[half]);
        f32x16::store([normed(0), normed(1)], out);
    }
}
