//! Products of few rows with weights in rows of unsigned bytes, by VPDPBUSD.

use std::arch::x86_64::*;

use super::LANES;
use crate::kernels::blocks::{AHEAD, TOP, Task, ZERO};

/// Bytes in a register.
const CHUNK: usize = 64;

/// Rounds a block, around zero; gives the value of one step. `starts` are [those of the rows](SignedRows).
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(crate) fn quantize_block(block: &[f32], quants: &mut [i8], starts: &mut [i32]) -> f32 {
    let (chunks, _) = block.as_chunks::<LANES>();
    let mut highest = _mm512_setzero_ps();
    for chunk in chunks {
        // SAFETY: there are sixteen.
        highest = _mm512_max_ps(highest, _mm512_abs_ps(unsafe { _mm512_loadu_ps(chunk.as_ptr()) }));
    }
    let scale = _mm512_reduce_max_ps(highest) / TOP;
    let factor = _mm512_set1_ps(if scale > 0.0 { 1.0 / scale } else { 0.0 });
    let targets = quants.as_chunks_mut::<LANES>().0.iter_mut().zip(starts.as_chunks_mut::<4>().0);
    for (chunk, (quants, starts)) in chunks.iter().zip(targets) {
        // SAFETY: there are sixteen of each, and a quarter as many starts.
        unsafe {
            let steps = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(chunk.as_ptr()), factor));
            _mm_storeu_si128(quants.as_mut_ptr().cast(), _mm512_cvtsepi32_epi8(steps));
        }
        for (start, four) in starts.iter_mut().zip(quants.as_chunks::<4>().0) {
            *start = -ZERO * four.iter().map(|quant| i32::from(*quant)).sum::<i32>();
        }
    }
    scale
}

/// One row of activations with as many rows of weights as `out` is long.
///
/// # Safety
/// There are so many rows of weights, with a scale for each of their blocks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(crate) unsafe fn multiply_tile(task: &Task<'_>, out: &mut [f32]) {
    // SAFETY: as above.
    unsafe {
        match task.block {
            16 => multiply_each::<16>(task, out),
            32 => multiply_each::<32>(task, out),
            _ => multiply_each::<64>(task, out),
        }
    }
}

/// As [`multiply_tile`], for weights in blocks of `BLOCK`: 64 for all that are longer. The weights are read as they
/// lie in memory, one row after the other: several at once would be fewer instructions, and half as fast, because what
/// reads ahead loses the thread.
///
/// # Safety
/// As for [`multiply_tile`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_each<const BLOCK: usize>(task: &Task<'_>, out: &mut [f32]) {
    let (mut weights, mut scales) = (task.weights, task.weight_scales);
    for out in out {
        // SAFETY: the caller has this row.
        *out = unsafe { multiply_row::<BLOCK>(task, weights, scales) };
        // SAFETY: this is one past the last row at most.
        (weights, scales) = unsafe { (weights.add(task.quants.len()), scales.add(task.n_scales)) };
    }
}

/// One row of activations with one of weights.
///
/// # Safety
/// The row of weights is as long as that of activations, and has a scale for each of its blocks.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_row<const BLOCK: usize>(
    task: &Task<'_>,
    weights: *const u8,
    scales: *const f32,
) -> f32 {
    let scales_per_group = (CHUNK / BLOCK).max(1);
    let mut sum = _mm512_setzero_ps();
    for group in 0..task.n_scales / scales_per_group {
        let mut products = _mm512_setzero_si512();
        for chunk in group * task.n_chunks..(group + 1) * task.n_chunks {
            // SAFETY: the chunk is within the row, starts are a quarter as long, and reading ahead never fails.
            unsafe {
                let weights = weights.add(chunk * CHUNK);
                _mm_prefetch::<_MM_HINT_T0>(weights.wrapping_add(AHEAD).cast());
                let start = _mm512_loadu_si512(task.starts.as_ptr().add(chunk * LANES).cast());
                let quants = _mm512_loadu_si512(task.quants.as_ptr().add(chunk * CHUNK).cast());
                products = _mm512_add_epi32(products, start);
                products =
                    _mm512_dpbusd_epi32(products, _mm512_loadu_si512(weights.cast()), quants);
            }
        }
        // SAFETY: the group's scales are there; those of the activations are one for four of them.
        unsafe {
            let scale = _mm512_loadu_ps(task.scales.as_ptr().add(group * task.n_chunks * LANES));
            let factor =
                _mm512_mul_ps(scale, spread::<BLOCK>(scales.add(group * scales_per_group)));
            sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products), factor, sum);
        }
    }
    _mm512_reduce_add_ps(sum)
}

/// The scales of a chunk of weights, each for its four neighbours.
///
/// # Safety
/// `scales` points to the chunk's: four, two or one.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
unsafe fn spread<const BLOCK: usize>(scales: *const f32) -> __m512 {
    // SAFETY: the caller has so many.
    unsafe {
        match BLOCK {
            16 => {
                let four = _mm512_castps128_ps512(_mm_loadu_ps(scales));
                let lanes = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
                _mm512_permutexvar_ps(lanes, four)
            }
            32 => {
                let two = _mm512_castpd_ps(_mm512_set1_pd(scales.cast::<f64>().read_unaligned()));
                let lanes = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
                _mm512_permutexvar_ps(lanes, two)
            }
            _ => _mm512_set1_ps(*scales),
        }
    }
}
