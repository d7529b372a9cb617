//! The two products of a prompt's attention in `f32`.

use std::arch::x86_64::*;

use super::LANES;
use crate::kernels::attention::panels::{HEAD_SIZE, KEYS, Scores, Sums};
use crate::kernels::dispatch::dispatch_rows;

/// The most queries of a tile of scores: 12 times 2 registers of sums.
const SCORE_ROWS: usize = 12;
/// The most rows of a tile of sums: 6 times 4 registers of sums.
const SUM_ROWS: usize = 6;

/// See [`Kernels::score`](crate::kernels::Kernels::score).
///
/// # Safety
/// There are queries and biases for all rows, and `out` can be written for them.
#[target_feature(enable = "avx512f,fma")]
pub(crate) unsafe fn score(task: &Scores<'_, f32>) {
    for first in (0..task.n_rows).step_by(SCORE_ROWS) {
        let n = SCORE_ROWS.min(task.n_rows - first);
        // SAFETY: these rows are among the task's.
        unsafe { dispatch_rows!(n, [1 2 3 4 5 6 7 8 9 10 11 12], score_rows(task, first)) }
    }
}

/// See [`Kernels::sum_values`](crate::kernels::Kernels::sum_values).
///
/// # Safety
/// There are probabilities and factors for all rows, and `out` can be written for them.
#[target_feature(enable = "avx512f,fma")]
pub(crate) unsafe fn sum_values(task: &Sums<'_, f32>) {
    for first in (0..task.factors.len()).step_by(SUM_ROWS) {
        let n = SUM_ROWS.min(task.factors.len() - first);
        // SAFETY: these rows are among the task's.
        unsafe { dispatch_rows!(n, [1 2 3 4 5 6], sum_rows(task, first)) }
    }
}

/// Computes the scores of the `ROWS` queries from `first` on for all keys.
///
/// # Safety
/// As for [`score`]; the rows from `first` on are among the task's.
#[target_feature(enable = "avx512f,fma")]
unsafe fn score_rows<const ROWS: usize>(task: &Scores<'_, f32>, first: usize) {
    const REGISTERS: usize = KEYS / LANES;
    let width = task.keys.width();
    let queries = task.queries[first * task.query_stride..].as_ptr();
    // SAFETY: the row is among the task's.
    let out = unsafe { task.out.add(first * width) };
    for (panel, keys) in task.keys.starts().map(|start| start.cast::<f32>()).enumerate() {
        // SAFETY: the panel is one of those that were checked; the bias of row `i` is `i` floats
        // before that of row 0.
        unsafe {
            let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
            for (row, sums) in sums.iter_mut().enumerate() {
                for (register, sum) in sums.iter_mut().enumerate() {
                    let place = task.centre - first - row + panel * KEYS + register * LANES;
                    *sum = _mm512_loadu_ps(task.bias.as_ptr().add(place));
                }
            }
            for channel in 0..task.keys.n_channels() {
                let keys = keys.add(channel * KEYS);
                let columns = [_mm512_loadu_ps(keys), _mm512_loadu_ps(keys.add(LANES))];
                for (row, sums) in sums.iter_mut().enumerate() {
                    let query = *queries.add(row * task.query_stride + channel);
                    let query = _mm512_set1_ps(query);
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = _mm512_fmadd_ps(query, column, *sum);
                    }
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                for (register, sum) in sums.iter().enumerate() {
                    _mm512_storeu_ps(out.add(row * width + panel * KEYS + register * LANES), *sum);
                }
            }
        }
    }
}

/// Computes the sums of the `ROWS` rows of probabilities from `first` on.
///
/// # Safety
/// As for [`sum_values`]; the rows from `first` on are among the task's.
#[target_feature(enable = "avx512f,fma")]
unsafe fn sum_rows<const ROWS: usize>(task: &Sums<'_, f32>, first: usize) {
    const REGISTERS: usize = HEAD_SIZE / LANES;
    let width = task.values.width();
    let probabilities = task.probabilities[first * width..].as_ptr();
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    for (panel, values) in task.values.starts().map(|start| start.cast::<f32>()).enumerate() {
        for key in 0..KEYS {
            // SAFETY: the panel is one of those that were checked.
            unsafe {
                let value = values.add(key * HEAD_SIZE);
                let columns: [__m512; REGISTERS] =
                    std::array::from_fn(|register| _mm512_loadu_ps(value.add(register * LANES)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let probability = *probabilities.add(row * width + panel * KEYS + key);
                    let probability = _mm512_set1_ps(probability);
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = _mm512_fmadd_ps(probability, column, *sum);
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
                _mm512_storeu_ps(
                    task.out.add((first + row) * task.stride + register * LANES),
                    _mm512_mul_ps(*sum, factor),
                )
            }
        }
    }
}
