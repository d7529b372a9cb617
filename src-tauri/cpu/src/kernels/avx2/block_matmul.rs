//! Products of few rows of activations with 8-bit weights in blocks.

use std::arch::x86_64::*;

use super::dot::Dot;
use super::{PAIR, f32x16};
use crate::kernels::block_activations::GROUP;
use crate::kernels::block_matmul::{LINE_BYTES, PREFETCH_BYTES, Task, ZERO_POINT};
use crate::kernels::dispatch::dispatch_rows;

/// Lines of weights in one pass of the inner loop.
pub(super) const LINES_PER_PASS: usize = 4;
/// The most rows of activations that are multiplied at once.
pub(super) const TILE_ROWS: usize = 4;
/// The integer sums of one row and block, in up to four chains of a pair of registers each.
pub(super) type Chains = [[__m256i; PAIR]; LINES_PER_PASS];

/// Multiplies the task's rows with its panel. The panel stays in the first-level cache for all of
/// them.
///
/// # Safety
/// The panel's columns are as long as the rows and have the same blocks, and `out` can be written
/// for all wanted rows.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn multiply_panel<D: Dot>(task: &Task<'_>) {
    for first in task.wanted.clone().step_by(TILE_ROWS) {
        let n_rows = TILE_ROWS.min(task.wanted.end - first);
        // SAFETY: the caller guarantees it for all rows, which include these.
        unsafe { dispatch_rows!(n_rows, [1 2 3 4], multiply_tile::<D>(task, first)) }
    }
}

/// Multiplies the `ROWS` rows of activations from `first` on with the 16 columns of the panel.
///
/// # Safety
/// As for [`multiply_panel`], and the rows are among the wanted ones.
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply_tile<const ROWS: usize, D: Dot>(task: &Task<'_>, first: usize) {
    let Task { rows, mut panel, .. } = *task;
    let n_passes = rows.block() / (GROUP * LINES_PER_PASS);
    let mut sums = [[_mm256_setzero_ps(); PAIR]; ROWS];
    for block in 0..rows.n_blocks() {
        let start = |row| begin((ZERO_POINT - D::OFFSET) * rows.minus_sum(first + row, block));
        let mut products: [Chains; ROWS] = std::array::from_fn(start);
        // SAFETY: a block begins with its sixteen scales.
        let scales = f32x16::load(&unsafe { panel.cast::<[f32; 16]>().read_unaligned() });
        // SAFETY: the block's lines follow its scales.
        panel = unsafe { panel.add(LINE_BYTES) };
        for pass in 0..n_passes {
            for line in 0..LINES_PER_PASS {
                let place = block * rows.block() + (pass * LINES_PER_PASS + line) * GROUP;
                // SAFETY: a block has a line for every four of its rows, and every row of
                // activations has the block; the caller's processor has the instructions of `D`.
                unsafe {
                    let weights = load_line(panel);
                    for (row, products) in products.iter_mut().enumerate() {
                        let four = _mm256_set1_epi32(rows.four(first + row, place));
                        let sums = &mut products[line % n_chains(ROWS)];
                        for (sum, weights) in sums.iter_mut().zip(weights) {
                            *sum = D::add_bytes(*sum, weights, four);
                        }
                    }
                    panel = panel.add(LINE_BYTES);
                }
            }
        }
        for (row, (products, sums)) in products.into_iter().zip(&mut sums).enumerate() {
            let scale = _mm256_set1_ps(rows.scale(first + row, block));
            for ((sum, total), scales) in sums.iter_mut().zip(total(products)).zip(scales) {
                let factor = _mm256_mul_ps(scales, scale);
                *sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(total), factor, *sum);
            }
        }
    }
    for (row, sums) in sums.into_iter().enumerate() {
        // SAFETY: the caller guarantees that the row can be written.
        unsafe {
            let out = task.out.add((first + row - task.wanted.start) * task.stride);
            f32x16::store(sums, &mut *out.cast());
        }
    }
}

/// Number of chains in which a row's block is summed up. A sum has to wait four cycles for its
/// previous product, so there are four independent sums at a time: of different rows, or else of
/// the same row.
#[inline]
pub(super) const fn n_chains(n_rows: usize) -> usize {
    LINES_PER_PASS / n_rows
}

/// Chains whose total is `start` in every lane.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn begin(start: i32) -> Chains {
    let mut chains = [[_mm256_setzero_si256(); PAIR]; LINES_PER_PASS];
    chains[0] = [_mm256_set1_epi32(start); PAIR];
    chains
}

/// Loads a line of weights, and prefetches a later one.
///
/// # Safety
/// The 64 bytes of the line can be read.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn load_line(line: *const u8) -> [__m256i; PAIR] {
    _mm_prefetch::<_MM_HINT_T0>(line.wrapping_add(PREFETCH_BYTES).cast());
    // SAFETY: the caller guarantees it.
    std::array::from_fn(|half| unsafe { _mm256_loadu_si256(line.cast::<__m256i>().add(half)) })
}

/// The sum of all chains.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn total([a, b, c, d]: Chains) -> [__m256i; PAIR] {
    std::array::from_fn(|half| {
        let (low, high) = (_mm256_add_epi32(a[half], b[half]), _mm256_add_epi32(c[half], d[half]));
        _mm256_add_epi32(low, high)
    })
}
