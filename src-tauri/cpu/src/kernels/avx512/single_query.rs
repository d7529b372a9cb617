//! The two products of attention of one query to keys and values that lie in rows.

use std::arch::x86_64::*;

use super::LANES;
use crate::kernels::attention::panels::HEAD_SIZE;

/// Registers for the 64 channels of a head.
const REGISTERS: usize = HEAD_SIZE / LANES;

/// Loads the 64 channels of a row.
#[target_feature(enable = "avx512f")]
fn load(row: &[f32]) -> [__m512; REGISTERS] {
    let (registers, _) = row[..HEAD_SIZE].as_chunks::<LANES>();
    // SAFETY: each chunk has sixteen floats.
    std::array::from_fn(|register| unsafe { _mm512_loadu_ps(registers[register].as_ptr()) })
}

/// See [`Kernels::score_keys`](crate::kernels::Kernels::score_keys).
#[target_feature(enable = "avx512f")]
pub(crate) fn score_keys(query: &[f32], keys: &[f32], scores: &mut [f32]) {
    let query = load(query);
    for (score, key) in scores.iter_mut().zip(keys.chunks_exact(HEAD_SIZE)) {
        let key = load(key);
        let low = _mm512_fmadd_ps(query[1], key[1], _mm512_mul_ps(query[0], key[0]));
        let high = _mm512_fmadd_ps(query[3], key[3], _mm512_mul_ps(query[2], key[2]));
        *score += _mm512_reduce_add_ps(_mm512_add_ps(low, high));
    }
}

/// See [`Kernels::sum_rows`](crate::kernels::Kernels::sum_rows).
#[target_feature(enable = "avx512f")]
pub(crate) fn sum_rows(weights: &[f32], factor: f32, values: &[f32], sum: &mut [f32]) {
    let mut sums = [_mm512_setzero_ps(); REGISTERS];
    for (weight, value) in weights.iter().zip(values.chunks_exact(HEAD_SIZE)) {
        let weight = _mm512_set1_ps(*weight);
        for (sum, value) in sums.iter_mut().zip(load(value)) {
            *sum = _mm512_fmadd_ps(weight, value, *sum);
        }
    }
    for (sum, out) in sums.into_iter().zip(sum.as_chunks_mut::<LANES>().0) {
        // SAFETY: there is room for sixteen floats.
        unsafe { _mm512_storeu_ps(out.as_mut_ptr(), _mm512_mul_ps(sum, _mm512_set1_ps(factor))) }
    }
}
