//! The two products of attention, in floats of 16 bits (bfloat16), by VDPBF16PS: twice as many a cycle as of 32 bits.
//!
//! It multiplies two neighbours of each 32-bit lane and adds both to a sum of 32 bits. So a word holds two channels of
//! a key, or one channel of two values.

use std::arch::x86_64::*;

use super::LANES;
use crate::kernels::attention::panels::{HEAD_SIZE, KEYS, Scores, Sums};
use crate::kernels::dispatch::dispatch_rows;

/// Queries that are scored at once: 12 times 2 registers of sums.
const SCORE_ROWS: usize = 12;
/// Rows that are summed up at once: 6 times 4 registers of sums.
const SUM_ROWS: usize = 6;

/// See [`Kernels::score_bf16`](crate::kernels::Kernels::score_bf16).
///
/// # Safety
/// Queries and bias are there for all rows, and `out` can be written for them.
#[target_feature(enable = "avx512f,avx512bf16")]
pub(crate) unsafe fn score(task: &Scores<'_, u32>) {
    for first in (0..task.n_rows).step_by(SCORE_ROWS) {
        let n = SCORE_ROWS.min(task.n_rows - first);
        // SAFETY: these rows are there.
        unsafe { dispatch_rows!(n, [1 2 3 4 5 6 7 8 9 10 11 12], score_rows(task, first)) }
    }
}

/// See [`Kernels::sum_values_bf16`](crate::kernels::Kernels::sum_values_bf16).
///
/// # Safety
/// Shares and factors are there for all rows, and `out` can be written for them.
#[target_feature(enable = "avx512f,avx512bf16")]
pub(crate) unsafe fn sum_values(task: &Sums<'_, u32>) {
    for first in (0..task.factors.len()).step_by(SUM_ROWS) {
        let n = SUM_ROWS.min(task.factors.len() - first);
        // SAFETY: these rows are there.
        unsafe { dispatch_rows!(n, [1 2 3 4 5 6], sum_rows(task, first)) }
    }
}

/// See [`Kernels::round_to_bf16`](crate::kernels::Kernels::round_to_bf16).
#[target_feature(enable = "avx512f,avx512bf16")]
pub(crate) fn round(floats: &[f32], words: &mut [u32]) {
    for (floats, words) in
        floats.as_chunks::<{ 2 * LANES }>().0.iter().zip(words.as_chunks_mut::<LANES>().0)
    {
        // SAFETY: there are two registers of floats and one of words.
        unsafe {
            let low = _mm512_loadu_ps(floats.as_ptr());
            let high = _mm512_loadu_ps(floats[LANES..].as_ptr());
            let halves: __m512i = std::mem::transmute(_mm512_cvtne2ps_pbh(high, low));
            _mm512_storeu_si512(words.as_mut_ptr().cast(), halves);
        }
    }
}

/// Two halves in every lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn broadcast(word: u32) -> __m512bh {
    // SAFETY: any bits are halves.
    unsafe { std::mem::transmute(_mm512_set1_epi32(word.cast_signed())) }
}

/// A register of words.
///
/// # Safety
/// There are sixteen.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn load(words: *const u32) -> __m512bh {
    // SAFETY: the caller says that they are there; any bits are halves.
    unsafe { std::mem::transmute(_mm512_loadu_si512(words.cast())) }
}

/// Scores of `ROWS` queries.
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
                // SAFETY: row `i` has its bias `i` floats before.
                *sum = unsafe { _mm512_loadu_ps(task.bias.as_ptr().add(place)) };
            }
        }
        for pair in 0..HEAD_SIZE / 2 {
            // SAFETY: the panel is among those that were checked, and so are the queries.
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
                // SAFETY: the caller has room for the row.
                unsafe { _mm512_storeu_ps(task.out.add(place), *sum) }
            }
        }
    }
}

/// Sums of `ROWS` rows of shares.
///
/// # Safety
/// As for [`sum_values`]; the rows from `first` on are among the task's.
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn sum_rows<const ROWS: usize>(task: &Sums<'_, u32>, first: usize) {
    const REGISTERS: usize = HEAD_SIZE / LANES;
    let n_pairs = task.values.width() / 2;
    let shares = &task.shares[first * n_pairs..];
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    for (panel, values) in task.values.starts().enumerate() {
        for pair in 0..KEYS / 2 {
            // SAFETY: the panel is among those that were checked, and so are the shares.
            unsafe {
                let value = values.add(pair * HEAD_SIZE);
                let columns: [__m512bh; REGISTERS] =
                    std::array::from_fn(|register| load(value.add(register * LANES)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let place = row * n_pairs + panel * KEYS / 2 + pair;
                    let share = broadcast(*shares.as_ptr().add(place));
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = _mm512_dpbf16_ps(*sum, share, column);
                    }
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let factor = _mm512_set1_ps(task.factors[first + row]);
        for (register, sum) in sums.iter().enumerate() {
            // SAFETY: the caller has room for the rows.
            unsafe {
                let out = task.out.add((first + row) * task.stride + register * LANES);
                _mm512_storeu_ps(out, _mm512_mul_ps(*sum, factor));
            }
        }
    }
}
