//! The two products of a prompt's attention in `bf16`, with VDPBF16PS: twice as many products a
//! cycle as in `f32`.
//!
//! The instruction multiplies the two `bf16` of each 32-bit lane and adds both products to an
//! `f32`. So a word holds two neighbouring channels of one key, or the same channel of two
//! neighbouring values.

use std::arch::x86_64::*;

use super::LANES;
use crate::kernels::attention::panels::{HEAD_SIZE, KEYS, Scores, Sums};
use crate::kernels::dispatch::dispatch_rows;

/// The most queries of a tile of scores: 12 times 2 registers of sums.
const SCORE_ROWS: usize = 12;
/// The most rows of a tile of sums: 6 times 4 registers of sums.
const SUM_ROWS: usize = 6;

/// See [`Kernels::score_bf16`](crate::kernels::Kernels::score_bf16).
///
/// # Safety
/// There are queries and biases for all rows, and `out` can be written for them.
#[target_feature(enable = "avx512f,avx512bf16")]
pub(crate) unsafe fn score(task: &Scores<'_, u32>) {
    for first in (0..task.n_rows).step_by(SCORE_ROWS) {
        let n = SCORE_ROWS.min(task.n_rows - first);
        // SAFETY: these rows are among the task's.
        unsafe { dispatch_rows!(n, [1 2 3 4 5 6 7 8 9 10 11 12], score_rows(task, first)) }
    }
}

/// See [`Kernels::sum_values_bf16`](crate::kernels::Kernels::sum_values_bf16).
///
/// # Safety
/// There are probabilities and factors for all rows, and `out` can be written for them.
#[target_feature(enable = "avx512f,avx512bf16")]
pub(crate) unsafe fn sum_values(task: &Sums<'_, u32>) {
    for first in (0..task.factors.len()).step_by(SUM_ROWS) {
        let n = SUM_ROWS.min(task.factors.len() - first);
        // SAFETY: these rows are among the task's.
        unsafe { dispatch_rows!(n, [1 2 3 4 5 6], sum_rows(task, first)) }
    }
}

/// See [`Kernels::round_to_bf16`](crate::kernels::Kernels::round_to_bf16).
#[target_feature(enable = "avx512f,avx512bf16")]
pub(crate) fn round(floats: &[f32], words: &mut [u32]) {
    for (floats, words) in
        floats.as_chunks::<{ 2 * LANES }>().0.iter().zip(words.as_chunks_mut::<LANES>().0)
    {
        // SAFETY: there are 32 floats, and room for 16 words.
        unsafe {
            let low = _mm512_loadu_ps(floats.as_ptr());
            let high = _mm512_loadu_ps(floats[LANES..].as_ptr());
            let words_of_two: __m512i = std::mem::transmute(_mm512_cvtne2ps_pbh(high, low));
            _mm512_storeu_si512(words.as_mut_ptr().cast(), words_of_two);
        }
    }
}

/// Copies a word of two `bf16` to every lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn broadcast(word: u32) -> __m512bh {
    // SAFETY: any bits are two `bf16`.
    unsafe { std::mem::transmute(_mm512_set1_epi32(word.cast_signed())) }
}

/// Loads sixteen words.
///
/// # Safety
/// Sixteen words can be read.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn load(words: *const u32) -> __m512bh {
    // SAFETY: the caller guarantees that they can be read; any bits are two `bf16`.
    unsafe { std::mem::transmute(_mm512_loadu_si512(words.cast())) }
}

/// Computes the scores of the `ROWS` queries from `first` on for all keys.
///
/// # Safety
/// As for [`score`]; the rows from `first` on are among the task's.
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn score_rows<const ROWS: usize>(task: &Scores<'_, u32>, first: usize) {
    const REGISTERS: usize = KEYS / LANES;
    let width = task.keys.width();
    let queries = &task.queries[first * task.query_stride..];
    for (panel, keys) in task.keys.starts().enumerate() {
        let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
        for (row, sums) in sums.iter_mut().enumerate() {
            for (register, sum) in sums.iter_mut().enumerate() {
                let place = task.centre - first - row + panel * KEYS + register * LANES;
                // SAFETY: the bias of row `i` is `i` floats before that of row 0.
                *sum = unsafe { _mm512_loadu_ps(task.bias.as_ptr().add(place)) };
            }
        }
        for pair in 0..HEAD_SIZE / 2 {
            // SAFETY: the panel and the queries are among those that were checked.
            unsafe {
                let keys = keys.add(pair * KEYS);
                let columns = [load(keys), load(keys.add(LANES))];
                for (row, sums) in sums.iter_mut().enumerate() {
                    let query = broadcast(*queries.as_ptr().add(row * task.query_stride + pair));
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = _mm512_dpbf16_ps(*sum, query, column);
                    }
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (register, sum) in sums.iter().enumerate() {
                let place = (first + row) * width + panel * KEYS + register * LANES;
                // SAFETY: the caller guarantees that the row can be written.
                unsafe { _mm512_storeu_ps(task.out.add(place), *sum) }
            }
        }
    }
}

/// Computes the sums of the `ROWS` rows of probabilities from `first` on.
///
/// # Safety
/// As for [`sum_values`]; the rows from `first` on are among the task's.
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn sum_rows<const ROWS: usize>(task: &Sums<'_, u32>, first: usize) {
    const REGISTERS: usize = HEAD_SIZE / LANES;
    let n_pairs = task.values.width() / 2;
    let probabilities = &task.probabilities[first * n_pairs..];
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    for (panel, values) in task.values.starts().enumerate() {
        for pair in 0..KEYS / 2 {
            // SAFETY: the panel and the probabilities are among those that were checked.
            unsafe {
                let value = values.add(pair * HEAD_SIZE);
                let columns: [__m512bh; REGISTERS] =
                    std::array::from_fn(|register| load(value.add(register * LANES)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let place = row * n_pairs + panel * KEYS / 2 + pair;
                    let probability = broadcast(*probabilities.as_ptr().add(place));
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = _mm512_dpbf16_ps(*sum, probability, column);
                    }
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let factor = _mm512_set1_ps(task.factors[first + row]);
        for (register, sum) in sums.iter().enumerate() {
            // SAFETY: the caller guarantees that the rows can be written.
            unsafe {
                let out = task.out.add((first + row) * task.stride + register * LANES);
                _mm512_storeu_ps(out, _mm512_mul_ps(*sum, factor));
            }
        }
    }
}
