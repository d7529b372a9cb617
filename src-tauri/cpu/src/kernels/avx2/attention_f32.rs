//! The two products of a prompt's attention in `f32`.

use std::arch::x86_64::*;

use super::{LANES, PAIR};
use crate::kernels::attention::panels::{HEAD_SIZE, KEYS, Scores, Sums};
use crate::kernels::dispatch::dispatch_rows;

/// The most rows of a tile of the result: 6 times 2 registers of sums, 2 of keys or values, 1 of
/// queries or probabilities.
const TILE_ROWS: usize = 6;
/// Columns of a tile of the result.
const COLUMNS: usize = PAIR * LANES;

/// See [`Kernels::score`](crate::kernels::Kernels::score). Each panel is multiplied with all rows
/// before the next, so that it stays in the first-level cache.
///
/// # Safety
/// There are queries and biases for all rows, and `out` can be written for them.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn score(task: &Scores<'_, f32>) {
    for (panel, keys) in task.keys.starts().map(|start| start.cast::<f32>()).enumerate() {
        for first in (0..task.n_rows).step_by(TILE_ROWS) {
            let n = TILE_ROWS.min(task.n_rows - first);
            for column in (0..KEYS).step_by(COLUMNS) {
                let place = panel * KEYS + column;
                // SAFETY: these rows and columns are within the task and the panel.
                unsafe {
                    let keys = keys.add(column);
                    dispatch_rows!(n, [1 2 3 4 5 6], score_tile(task, first, place, keys))
                }
            }
        }
    }
}

/// Computes the scores of the `ROWS` queries from `first` on for the 16 keys from `place` on.
/// `keys` points to the first channel of the first of these keys.
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
    // SAFETY: all places are within the caller's slices; the bias of row `i` is `i` floats before
    // that of row 0.
    unsafe {
        let bias = task.bias.as_ptr().add(task.centre - first + place);
        let mut sums: [_; ROWS] = std::array::from_fn(|row| load(bias.sub(row)));
        for channel in 0..task.keys.n_channels() {
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

/// See [`Kernels::sum_values`](crate::kernels::Kernels::sum_values). Each panel is multiplied with
/// all rows before the next, so that it stays in the first-level cache.
///
/// # Safety
/// There are probabilities and factors for all rows, and `out` can be written for them.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn sum_values(task: &Sums<'_, f32>) {
    for (panel, values) in task.values.starts().map(|start| start.cast::<f32>()).enumerate() {
        for first in (0..task.factors.len()).step_by(TILE_ROWS) {
            let n = TILE_ROWS.min(task.factors.len() - first);
            for channel in (0..HEAD_SIZE).step_by(COLUMNS) {
                // SAFETY: these rows and channels are within the task and the panel.
                unsafe {
                    let values = values.add(channel);
                    dispatch_rows!(n, [1 2 3 4 5 6], sum_tile(task, first, panel, channel, values))
                }
            }
        }
    }
}

/// Adds a panel's values, weighted with the `ROWS` rows of probabilities from `first` on, to the
/// sums of the 16 channels from `channel` on. After the last panel, multiplies the sums by the
/// factors.
///
/// # Safety
/// As for [`sum_values`]; rows, panel and channels are among the task's, and `values` are those of
/// the channels.
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
    let probabilities = task.probabilities[first * width + panel * KEYS..].as_ptr();
    // SAFETY: the caller guarantees that the rows can be written and have their probabilities.
    unsafe {
        let out = task.out.add(first * task.stride + channel);
        let begun = |row| {
            if panel == 0 { [_mm256_setzero_ps(); PAIR] } else { load(out.add(row * task.stride)) }
        };
        let mut sums: [_; ROWS] = std::array::from_fn(begun);
        for key in 0..KEYS {
            let columns = load(values.add(key * HEAD_SIZE));
            for (row, sums) in sums.iter_mut().enumerate() {
                let probability = _mm256_set1_ps(*probabilities.add(row * width + key));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = _mm256_fmadd_ps(probability, column, *sum);
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

/// Loads 16 floats.
///
/// # Safety
/// 16 floats can be read.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn load(floats: *const f32) -> [__m256; PAIR] {
    // SAFETY: as above.
    std::array::from_fn(|half| unsafe { _mm256_loadu_ps(floats.add(half * LANES)) })
}

/// Stores 16 floats.
///
/// # Safety
/// 16 floats can be written.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn store(values: [__m256; PAIR], out: *mut f32) {
    for (half, values) in values.into_iter().enumerate() {
        // SAFETY: as above.
        unsafe { _mm256_storeu_ps(out.add(half * LANES), values) }
    }
}
