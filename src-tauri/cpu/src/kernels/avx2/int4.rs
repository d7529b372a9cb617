//! Products of few rows of activations with 4-bit weights.

use std::arch::x86_64::*;

use super::block_matmul::{Chains, LINES_PER_PASS, TILE_ROWS, begin, n_chains, total};
use super::block_panels::load_line;
use super::dot::Dot;
use super::{PAIR, f32x16};
use crate::kernels::block_activations::GROUP;
use crate::kernels::block_format::LINE_BYTES;
use crate::kernels::dispatch::dispatch_rows;
use crate::kernels::int4::{LINE_ROWS, Task, ZERO_POINT};

/// Halves of a byte.
const HALVES: usize = 2;
/// Lines of weights in one pass of the inner loop.
const LINES: usize = LINES_PER_PASS / HALVES;

/// Multiplies all rows with the task's panel.
///
/// # Safety
/// The panel's columns are as long as the rows, every column has a scale, and `out` can be written
/// for all rows.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn multiply_panel<D: Dot>(task: &Task<'_>) {
    for first in (0..task.rows.len()).step_by(TILE_ROWS) {
        let n_rows = TILE_ROWS.min(task.rows.len() - first);
        // SAFETY: the caller guarantees it for all rows, which include these.
        unsafe { dispatch_rows!(n_rows, [1 2 3 4], multiply_tile::<D>(task, first)) }
    }
}

/// Multiplies the `ROWS` rows of activations from `first` on with the 16 columns of the panel.
///
/// # Safety
/// As for [`multiply_panel`], and the task has these rows.
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply_tile<const ROWS: usize, D: Dot>(task: &Task<'_>, first: usize) {
    let Task { rows, mut lines, .. } = *task;
    let n_passes = rows.block() / (LINES * LINE_ROWS);
    let mut sums = [[_mm256_setzero_ps(); PAIR]; ROWS];
    for block in 0..rows.n_blocks() {
        let start = |row| begin(ZERO_POINT * rows.minus_sum(first + row, block));
        let mut products: [Chains; ROWS] = std::array::from_fn(start);
        for pass in 0..n_passes {
            for line in 0..LINES {
                let place = block * rows.block() + (pass * LINES + line) * LINE_ROWS;
                // SAFETY: the panel has a line for every eight rows, and every row of activations
                // has the block; the caller's processor has the instructions of `D`.
                unsafe {
                    let weights = load_line(lines).map(|bytes| halves(bytes));
                    for (row, products) in products.iter_mut().enumerate() {
                        for half in 0..HALVES {
                            let four = rows.four(first + row, place + half * GROUP);
                            let four = _mm256_set1_epi32(four);
                            let sums = &mut products[(line * HALVES + half) % n_chains(ROWS)];
                            for (sum, weights) in sums.iter_mut().zip(weights) {
                                *sum = D::add_small(*sum, weights[half], four);
                            }
                        }
                    }
                    lines = lines.add(LINE_BYTES);
                }
            }
        }
        for (row, (products, sums)) in products.into_iter().zip(&mut sums).enumerate() {
            let scale = _mm256_set1_ps(rows.scale(first + row, block));
            for (sum, total) in sums.iter_mut().zip(total(products)) {
                *sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(total), scale, *sum);
            }
        }
    }
    // SAFETY: each of the 16 columns has a scale.
    let scales = f32x16::load(unsafe { &*task.scales.cast() });
    for (row, sums) in sums.into_iter().enumerate() {
        let scaled = std::array::from_fn(|half| _mm256_mul_ps(sums[half], scales[half]));
        // SAFETY: the caller guarantees that the row can be written.
        unsafe { f32x16::store(scaled, &mut *task.out.add((first + row) * task.stride).cast()) }
    }
}

/// The lower and the upper halves of bytes.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn halves(bytes: __m256i) -> [__m256i; 2] {
    let low = _mm256_set1_epi8(0x0f);
    [_mm256_and_si256(bytes, low), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low)]
}
