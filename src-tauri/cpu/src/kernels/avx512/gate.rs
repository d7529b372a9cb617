//! The gate of a feed-forward layer.

use std::arch::x86_64::*;

use super::LANES;
use super::load::load;
use super::softmax::exponential;

/// See [`Kernels::gate`](crate::kernels::Kernels::gate). With `e = exp(-|x|)`, which never
/// overflows, the sigmoid of `x` is `1 / (1 + e)` or `e / (1 + e)`, by the sign of `x`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(crate) fn gate(gate: &mut [f32], up: &[f32]) {
    let (zero, one) = (_mm512_setzero_ps(), _mm512_set1_ps(1.0));
    for (gate, up) in gate.as_chunks_mut::<LANES>().0.iter_mut().zip(up.as_chunks().0) {
        let x = load(gate);
        let power = exponential(_mm512_sub_ps(zero, _mm512_abs_ps(x)));
        let is_negative = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(x, zero);
        let share = _mm512_mask_blend_ps(is_negative, one, power);
        let sigmoid = _mm512_div_ps(share, _mm512_add_ps(one, power));
        let gated = _mm512_mul_ps(_mm512_mul_ps(x, sigmoid), load(up));
        // SAFETY: there is room for sixteen floats.
        unsafe { _mm512_storeu_ps(gate.as_mut_ptr(), gated) }
    }
}
