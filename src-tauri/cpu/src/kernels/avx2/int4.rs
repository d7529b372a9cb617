//! Products of few rows with weights in four bits.

use std::arch::x86_64::*;

use super::block_matmul::{Chains, LINES_PER_PASS, TILE_ROWS, begin, load_line, n_chains, total};
use super::dot::Dot;
use super::{PAIR, f32x16};
use crate::kernels::block_activations::GROUP;
use crate::kernels::block_matmul::LINE_BYTES;
use crate::kernels::dispatch::dispatch_rows;
use crate::kernels::int4::{LINE_ROWS, Task, ZERO_POINT};

/// Halves of a line's bytes.
const HALVES: usize = 2;
/// Lines that are taken in turn.
const LINES: usize = LINES_PER_PASS / HALVES;

/// Multiplies all rows with the task's panel.
///
/// # Safety
/// The panel is as long as the rows, has a scale for every column, and `out` can be written for so many rows.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn multiply_panel<D: Dot>(task: &Task<'_>) {
    for first in (0..task.rows.len()).step_by(TILE_ROWS) {
        let n_rows = TILE_ROWS.min(task.rows.len() - first);
        // SAFETY: the caller says so.
        unsafe { dispatch_rows!(n_rows, [1 2 3 4], multiply_tile::<D>(task, first)) }
    }
}

/// `ROWS` rows of activations, from `first` on, with 16 columns of weights.
///
/// # Safety
/// As for [`multiply_panel`], and there are such rows.
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
                // SAFETY: the panel has a line for every eight rows, and the block is as long in every row; the
                // caller's processor has the instructions of `D`.
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
    // SAFETY: there is a scale for each of 16 columns.
    let scales = f32x16::load(unsafe { &*task.scales.cast() });
    for (row, sums) in sums.into_iter().enumerate() {
        let scaled = std::array::from_fn(|half| _mm256_mul_ps(sums[half], scales[half]));
        // SAFETY: the caller has room for the row.
        unsafe { f32x16::store(scaled, &mut *task.out.add((first + row) * task.stride).cast()) }
    }
}

/// The low and the high halves of bytes.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn halves(bytes: __m256i) -> [__m256i; 2] {
    let low = _mm256_set1_epi8(0x0f);
    [_mm256_and_si256(bytes, low), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low)]
}
