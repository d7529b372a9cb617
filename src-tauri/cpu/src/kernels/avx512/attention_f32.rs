//! The two products of attention, in 32-bit floats.

use std::arch::x86_64::*;

use super::LANES;
use crate::kernels::attention::panels::{HEAD_SIZE, KEYS, Scores, Sums};
use crate::kernels::dispatch::dispatch_rows;

/// Queries that are scored at once: 12 times 2 registers of sums.
const SCORE_ROWS: usize = 12;
/// Rows that are summed up at once: 6 times 4 registers of sums.
const SUM_ROWS: usize = 6;

/// See [`Kernels::score`](crate::kernels::Kernels::score).
///
/// # Safety
/// Queries and bias are there for all rows, and `out` can be written for them.
#[target_feature(enable = "avx512f,fma")]
pub(crate) unsafe fn score(task: &Scores<'_, f32>) {
    for first in (0..task.n_rows).step_by(SCORE_ROWS) {
        let n = SCORE_ROWS.min(task.n_rows - first);
        // SAFETY: these rows are there.
        unsafe { dispatch_rows!(n, [1 2 3 4 5 6 7 8 9 10 11 12], score_rows(task, first)) }
    }
}

/// See [`Kernels::sum_values`](crate::kernels::Kernels::sum_values).
///
/// # Safety
/// Shares and factors are there for all rows, and `out` can be written for them.
#[target_feature(enable = "avx512f,fma")]
pub(crate) unsafe fn sum_values(task: &Sums<'_, f32>) {
    for first in (0..task.factors.len()).step_by(SUM_ROWS) {
        let n = SUM_ROWS.min(task.factors.len() - first);
        // SAFETY: these rows are there.
        unsafe { dispatch_rows!(n, [1 2 3 4 5 6], sum_rows(task, first)) }
    }
}

/// Scores of `ROWS` queries.
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
        // SAFETY: the panel is among those that were checked; row `i` has its bias `i` floats before.
        unsafe {
            let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
            for (row, sums) in sums.iter_mut().enumerate() {
                for (register, sum) in sums.iter_mut().enumerate() {
                    let place = task.centre - first - row + panel * KEYS + register * LANES;
                    *sum = _mm512_loadu_ps(task.bias.as_ptr().add(place));
                }
            }
            for channel in 0..HEAD_SIZE {
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

/// Sums of `ROWS` rows of shares.
///
/// # Safety
/// As for [`sum_values`]; the rows from `first` on are among the task's.
#[target_feature(enable = "avx512f,fma")]
unsafe fn sum_rows<const ROWS: usize>(task: &Sums<'_, f32>, first: usize) {
    const REGISTERS: usize = HEAD_SIZE / LANES;
    let width = task.values.width();
    let shares = task.shares[first * width..].as_ptr();
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    for (panel, values) in task.values.starts().map(|start| start.cast::<f32>()).enumerate() {
        for key in 0..KEYS {
            // SAFETY: the panel is among those that were checked.
            unsafe {
                let value = values.add(key * HEAD_SIZE);
                let columns: [__m512; REGISTERS] =
                    std::array::from_fn(|register| _mm512_loadu_ps(value.add(register * LANES)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let share = *shares.add(row * width + panel * KEYS + key);
                    let share = _mm512_set1_ps(share);
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = _mm512_fmadd_ps(share, column, *sum);
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
                _mm512_storeu_ps(
                    task.out.add((first + row) * task.stride + register * LANES),
                    _mm512_mul_ps(*sum, factor),
                )
            }
        }
    }
}
