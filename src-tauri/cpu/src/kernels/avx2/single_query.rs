//! The two products of attention of one query to keys and values that lie in rows.

use std::arch::x86_64::*;

use super::LANES;
use super::f32x16;
use crate::kernels::attention::panels::HEAD_SIZE;

/// Registers for the 64 channels of a head.
const REGISTERS: usize = HEAD_SIZE / LANES;

/// Loads the 64 channels of a row.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn load(row: &[f32]) -> [__m256; REGISTERS] {
    let (registers, _) = row[..HEAD_SIZE].as_chunks::<LANES>();
    // SAFETY: each chunk has eight floats.
    std::array::from_fn(|register| unsafe { _mm256_loadu_ps(registers[register].as_ptr()) })
}

/// See [`Kernels::score_keys`](crate::kernels::Kernels::score_keys).
#[target_feature(enable = "avx2,fma")]
pub(crate) fn score_keys(query: &[f32], keys: &[f32], scores: &mut [f32]) {
    let query = load(query);
    for (score, key) in scores.iter_mut().zip(keys.chunks_exact(HEAD_SIZE)) {
        let key = load(key);
        let products = std::array::from_fn(|half| {
            let product = |register: usize| _mm256_mul_ps(query[register], key[register]);
            let low = _mm256_fmadd_ps(query[half + 2], key[half + 2], product(half));
            let high = _mm256_fmadd_ps(query[half + 6], key[half + 6], product(half + 4));
            _mm256_add_ps(low, high)
        });
        *score += f32x16::sum(products);
    }
}

/// See [`Kernels::sum_rows`](crate::kernels::Kernels::sum_rows).
#[target_feature(enable = "avx2,fma")]
pub(crate) fn sum_rows(weights: &[f32], factor: f32, values: &[f32], sum: &mut [f32]) {
    let mut sums = [_mm256_setzero_ps(); REGISTERS];
    for (weight, value) in weights.iter().zip(values.chunks_exact(HEAD_SIZE)) {
        let weight = _mm256_set1_ps(*weight);
        for (sum, value) in sums.iter_mut().zip(load(value)) {
            *sum = _mm256_fmadd_ps(weight, value, *sum);
        }
    }
    for (sum, out) in sums.into_iter().zip(sum.as_chunks_mut::<LANES>().0) {
        // SAFETY: there is room for eight floats.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), _mm256_mul_ps(sum, _mm256_set1_ps(factor))) }
    }
}
