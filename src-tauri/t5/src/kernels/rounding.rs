//! Norms, and the rounding of rows to unsigned bytes.

use std::arch::x86_64::*;

use super::Vnni;

/// Floats in a register.
const LANES: usize = 16;
/// The largest byte.
const TOP: f32 = 255.0;

impl Vnni {
    /// Scales `row` to a root mean square of one, times `weight`, into `out`: T5's norm (Zhang and Sennrich 2019,
    /// "Root Mean Square Layer Normalization").
    ///
    /// # Panics
    /// If the lengths differ, or are no multiple of 16.
    pub(crate) fn normalize(self, row: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
        assert!(
            row.len() == weight.len() && row.len() == out.len() && row.len().is_multiple_of(LANES)
        );
        // SAFETY: `self` proves the instructions.
        unsafe { normalize(row, weight, epsilon, out) }
    }

    /// Rounds `row` to bytes; gives the value of one step, and the byte that stands for zero. Zero is always exact.
    ///
    /// # Panics
    /// If the lengths differ, or are no multiple of 16.
    pub(crate) fn quantize(self, row: &[f32], quants: &mut [u8]) -> (f32, i32) {
        assert!(row.len() == quants.len() && row.len().is_multiple_of(LANES));
        // SAFETY: `self` proves the instructions.
        unsafe { quantize(row, quants) }
    }
}

#[target_feature(enable = "avx512f")]
fn load(values: &[f32; LANES]) -> __m512 {
    // SAFETY: there are sixteen.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn normalize(row: &[f32], weight: &[f32], epsilon: f32, out: &mut [f32]) {
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
        // SAFETY: there are sixteen.
        unsafe { _mm512_storeu_ps(out.as_mut_ptr(), normed) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn quantize(row: &[f32], quants: &mut [u8]) -> (f32, i32) {
    let (chunks, _) = row.as_chunks::<LANES>();
    let (mut low, mut high) = (_mm512_setzero_ps(), _mm512_setzero_ps());
    for chunk in chunks {
        low = _mm512_min_ps(low, load(chunk));
        high = _mm512_max_ps(high, load(chunk));
    }
    let (low, high) = (_mm512_reduce_min_ps(low), _mm512_reduce_max_ps(high));
    let scale = if high > low { (high - low) / TOP } else { 1.0 };
    let zero_point = (-low / scale).round_ties_even();
    let (factor, zero) = (_mm512_set1_ps(1.0 / scale), _mm512_set1_epi32(zero_point as i32));
    for (chunk, out) in chunks.iter().zip(quants.as_chunks_mut::<LANES>().0) {
        let steps = _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(load(chunk), factor)), zero);
        let bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(steps, _mm512_setzero_si512()));
        // SAFETY: there are sixteen.
        unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), bytes) }
    }
    (scale, zero_point as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vnni() -> Option<Vnni> {
        let found = Vnni::detect();
        if found.is_none() {
            eprintln!("this processor has no AVX-512 VNNI: the kernels were NOT checked");
        }
        found
    }

    #[test]
    fn a_norm_has_a_mean_square_of_its_weights() {
        let Some(vnni) = vnni() else { return };
        let row: Vec<f32> = (0..64).map(|index| index as f32 - 20.0).collect();
        let weight: Vec<f32> = (0..64).map(|index| 1.0 + index as f32 / 64.0).collect();
        let mut out = vec![0.0; 64];
        vnni.normalize(&row, &weight, 1e-6, &mut out);
        let mean = row.iter().map(|x| x * x).sum::<f32>() / 64.0;
        for ((x, w), found) in row.iter().zip(&weight).zip(&out) {
            let expected = x / (mean + 1e-6).sqrt() * w;
            assert!((expected - found).abs() < 1e-5, "{expected} and not {found}");
        }
    }

    #[test]
    fn rounding_is_off_by_half_a_step_at_most_and_keeps_zero() {
        let Some(vnni) = vnni() else { return };
        let check = |row: &[f32], why: &str| {
            let mut quants = vec![0; row.len()];
            let (scale, zero_point) = vnni.quantize(row, &mut quants);
            for (x, quant) in row.iter().zip(&quants) {
                let found = (i32::from(*quant) - zero_point) as f32 * scale;
                // Both the number and the zero point are rounded.
                assert!((x - found).abs() <= scale * 1.001, "{why}: {x} became {found}");
                assert!(*x != 0.0 || found == 0.0, "{why}: zero is exact");
            }
        };
        let mut random = fastrand::Rng::with_seed(7);
        let row: Vec<f32> = (0..256).map(|_| random.f32() * 8.0 - 3.0).collect();
        check(&row, "around zero");
        check(&row.iter().map(|x| x.max(0.0)).collect::<Vec<_>>(), "after a relu");
        check(&row.iter().map(|x| -x.abs()).collect::<Vec<_>>(), "below zero");
        check(&[0.0; 32], "nothing");
        check(&[5.0; 32], "all the same");
    }
}
