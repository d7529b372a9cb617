//! The gate of a feed-forward layer.

use std::arch::x86_64::*;

use super::f32x16;
use super::softmax::exponential;

/// See [`Kernels::gate`](crate::kernels::Kernels::gate). With `e = exp(-|x|)`, which never
/// overflows, the sigmoid of `x` is `1 / (1 + e)` or `e / (1 + e)`, by the sign of `x`.
#[target_feature(enable = "avx2,fma")]
pub(crate) fn gate(gate: &mut [f32], up: &[f32]) {
    let (zero, one, sign) = (_mm256_setzero_ps(), _mm256_set1_ps(1.0), _mm256_set1_ps(-0.0));
    for (gate, up) in gate.as_chunks_mut().0.iter_mut().zip(up.as_chunks().0) {
        let (xs, up) = (f32x16::load(gate), f32x16::load(up));
        let gated = std::array::from_fn(|half| {
            let x = xs[half];
            let power = exponential(_mm256_or_ps(x, sign));
            let is_negative = _mm256_cmp_ps::<_CMP_LT_OQ>(x, zero);
            let share = _mm256_blendv_ps(one, power, is_negative);
            let sigmoid = _mm256_div_ps(share, _mm256_add_ps(one, power));
            _mm256_mul_ps(_mm256_mul_ps(x, sigmoid), up[half])
        });
        f32x16::store(gated, gate);
    }
}
