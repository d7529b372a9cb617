//! [`F32x16`]: sixteen floats in two registers, where AVX-512 has one.

use std::arch::x86_64::*;

use super::{LANES, PAIR};

/// The first eight floats, then the other eight.
pub(crate) type F32x16 = [__m256; PAIR];

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(crate) fn load(values: &[f32; PAIR * LANES]) -> F32x16 {
    // SAFETY: there are sixteen floats.
    std::array::from_fn(|half| unsafe { _mm256_loadu_ps(values.as_ptr().add(half * LANES)) })
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(crate) fn store(values: F32x16, out: &mut [f32; PAIR * LANES]) {
    for (half, values) in values.into_iter().enumerate() {
        // SAFETY: there is room for sixteen floats.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr().add(half * LANES), values) }
    }
}

/// The sum of all floats, added up in the order of `_mm512_reduce_add_ps`.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(crate) fn sum([low, high]: F32x16) -> f32 {
    let eight = _mm256_add_ps(high, low);
    let four = _mm_add_ps(_mm256_extractf128_ps::<1>(eight), _mm256_castps256_ps128(eight));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
}

/// The sum of eight 32-bit integers.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(crate) fn sum_integers(eight: __m256i) -> i32 {
    let four = _mm_add_epi32(_mm256_extracti128_si256::<1>(eight), _mm256_castsi256_si128(eight));
    let two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
    _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<1>(two)))
}

/// The largest of all floats.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(crate) fn highest([low, high]: F32x16) -> f32 {
    let eight = _mm256_max_ps(low, high);
    let four = _mm_max_ps(_mm256_extractf128_ps::<1>(eight), _mm256_castps256_ps128(eight));
    let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)))
}

/// The smallest of all floats.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(crate) fn lowest(sixteen: F32x16) -> f32 {
    let sign = _mm256_set1_ps(-0.0);
    -highest(sixteen.map(|eight| _mm256_xor_ps(eight, sign)))
}

/// Converts sixteen 32-bit integers to 16 bits, with saturation.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(crate) fn words(numbers: [__m256i; PAIR]) -> [__m128i; PAIR] {
    numbers.map(|eight| {
        _mm_packs_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256::<1>(eight))
    })
}
