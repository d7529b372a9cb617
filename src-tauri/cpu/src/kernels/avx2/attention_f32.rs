//! The two products of attention, in 32-bit floats.

use std::arch::x86_64::*;

use super::{LANES, PAIR};
use crate::kernels::attention::panels::{HEAD_SIZE, KEYS, Scores, Sums};
use crate::kernels::dispatch::dispatch_rows;

/// Rows of the result that one pass makes at most: 6 times 2 registers of sums, 2 of the right side, 1 of the left.
const TILE_ROWS: usize = 6;
/// Columns of the result that one pass makes.
const COLUMNS: usize = PAIR * LANES;

/// See [`Kernels::score`](crate::kernels::Kernels::score). A panel is taken through all rows before the next: it stays in
/// the first cache.
///
/// # Safety
/// Queries and bias are there for all rows, and `out` can be written for them.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn score(task: &Scores<'_, f32>) {
    for (panel, keys) in task.keys.starts().map(|start| start.cast::<f32>()).enumerate() {
        for first in (0..task.n_rows).step_by(TILE_ROWS) {
            let n = TILE_ROWS.min(task.n_rows - first);
            for column in (0..KEYS).step_by(COLUMNS) {
                let place = panel * KEYS + column;
                // SAFETY: these rows and columns are there.
                unsafe {
                    let keys = keys.add(column);
                    dispatch_rows!(n, [1 2 3 4 5 6], score_tile(task, first, place, keys))
                }
            }
        }
    }
}

/// Scores of `ROWS` queries, from `first` on, against the keys from `place` on, which are in columns.
///
/// # Safety
/// As for [`score`]; queries and keys are among the task's.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn score_tile<const ROWS: usize>(
    task: &Scores<'_, f32>,
    first: usize,
    place: usize,
    keys: *const f32,
) {
    let queries = task.queries[first * task.query_stride..].as_ptr();
    // SAFETY: what is added up is within what the caller has; row `i` has its bias `i` floats before.
    unsafe {
        let bias = task.bias.as_ptr().add(task.centre - first + place);
        let mut sums: [_; ROWS] = std::array::from_fn(|row| load(bias.sub(row)));
        for channel in 0..HEAD_SIZE {
            let columns = load(keys.add(channel * KEYS));
            for (row, sums) in sums.iter_mut().enumerate() {
                let query = _mm256_set1_ps(*queries.add(row * task.query_stride + channel));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = _mm256_fmadd_ps(query, column, *sum);
                }
            }
        }
        for (row, sums) in sums.into_iter().enumerate() {
            store(sums, task.out.add((first + row) * task.keys.width() + place));
        }
    }
}

/// See [`Kernels::sum_values`](crate::kernels::Kernels::sum_values). A panel is taken through all rows before the next,
/// here as well.
///
/// # Safety
/// Shares and factors are there for all rows, and `out` can be written for them.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn sum_values(task: &Sums<'_, f32>) {
    for (panel, values) in task.values.starts().map(|start| start.cast::<f32>()).enumerate() {
        for first in (0..task.factors.len()).step_by(TILE_ROWS) {
            let n = TILE_ROWS.min(task.factors.len() - first);
            for channel in (0..HEAD_SIZE).step_by(COLUMNS) {
                // SAFETY: these rows and channels are there.
                unsafe {
                    let values = values.add(channel);
                    dispatch_rows!(n, [1 2 3 4 5 6], sum_tile(task, first, panel, channel, values))
                }
            }
        }
    }
}

/// Adds a panel's values to the sums of `ROWS` rows of shares, from `first` on, for the channels from `channel` on.
///
/// # Safety
/// As for [`sum_values`]; rows, panel and channels are among the task's, and `values` are those of the channels.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn sum_tile<const ROWS: usize>(
    task: &Sums<'_, f32>,
    first: usize,
    panel: usize,
    channel: usize,
    values: *const f32,
) {
    let width = task.values.width();
    let shares = task.shares[first * width + panel * KEYS..].as_ptr();
    // SAFETY: the caller has room for the rows, and their shares.
    unsafe {
        let out = task.out.add(first * task.stride + channel);
        let begun = |row| {
            if panel == 0 { [_mm256_setzero_ps(); PAIR] } else { load(out.add(row * task.stride)) }
        };
        let mut sums: [_; ROWS] = std::array::from_fn(begun);
        for key in 0..KEYS {
            let columns = load(values.add(key * HEAD_SIZE));
            for (row, sums) in sums.iter_mut().enumerate() {
                let share = _mm256_set1_ps(*shares.add(row * width + key));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = _mm256_fmadd_ps(share, column, *sum);
                }
            }
        }
        let is_last = (panel + 1) * KEYS == width;
        for (row, sums) in sums.into_iter().enumerate() {
            let factor = _mm256_set1_ps(if is_last { task.factors[first + row] } else { 1.0 });
            store(sums.map(|sum| _mm256_mul_ps(sum, factor)), out.add(row * task.stride));
        }
    }
}

/// # Safety
/// Two registers can be read.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn load(floats: *const f32) -> [__m256; PAIR] {
    // SAFETY: as above.
    std::array::from_fn(|half| unsafe { _mm256_loadu_ps(floats.add(half * LANES)) })
}

/// # Safety
/// Two registers can be written.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn store(values: [__m256; PAIR], out: *mut f32) {
    for (half, values) in values.into_iter().enumerate() {
        // SAFETY: as above.
        unsafe { _mm256_storeu_ps(out.add(half * LANES), values) }
    }
}
