//! Loading a register of floats.

use std::arch::x86_64::*;

use super::LANES;

/// Loads sixteen floats into a register.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load(values: &[f32; LANES]) -> __m512 {
    // SAFETY: there are sixteen floats.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}
