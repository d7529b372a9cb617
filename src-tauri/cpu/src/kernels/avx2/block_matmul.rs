//! Products of rows of activations with weights in blocks.

use std::arch::x86_64::*;

use super::block_panels::{Eight, Five, Four, Packed, Six, Unpacked, load_minima, load_scales};
use super::dot::Dot;
use super::{PAIR, f32x16};
use crate::kernels::block_activations::GROUP;
use crate::kernels::block_format::{PASS_LINES, PASS_ROWS, Width};
use crate::kernels::block_matmul::Task;
use crate::kernels::dispatch::dispatch_rows;

/// Lines of weights in one pass of the inner loop.
pub(super) const LINES_PER_PASS: usize = PASS_LINES;
/// The most rows of activations that are multiplied at once.
pub(super) const TILE_ROWS: usize = 4;
/// The largest number that stands for zero if weights are small enough for
/// [`Dot::add_small`].
const MAX_SMALL_ZERO_POINT: i32 = 64;
/// The integer sums of one row and block, in up to four chains of a pair of registers each.
pub(super) type Chains = [[__m256i; PAIR]; LINES_PER_PASS];

/// Multiplies the task's rows with its panel.
///
/// # Safety
/// The panel's columns are as long as the rows and have the same blocks, and `out` can be written
/// for all wanted rows.
#[target_feature(enable = "avx2,fma,f16c")]
pub(crate) unsafe fn multiply_panel<D: Dot>(task: &Task<'_>) {
    let is_small = task.format.zero_point <= MAX_SMALL_ZERO_POINT;
    // SAFETY: the caller guarantees it, and the panel has the width that its format says.
    unsafe {
        match task.format.width {
            Width::Four => multiply_rows::<Four, D>(task),
            Width::Five => multiply_rows::<Five, D>(task),
            Width::Six => multiply_rows::<Six, D>(task),
            Width::Eight if is_small => multiply_rows::<Unpacked, D>(task),
            Width::Eight => multiply_rows::<Eight, D>(task),
        }
    }
}

/// Multiplies the task's rows with its panel, which stays in a cache for all of them.
///
/// # Safety
/// As for [`multiply_panel`], and the panel has the width `P`.
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn multiply_rows<P: Packed, D: Dot>(task: &Task<'_>) {
    for first in task.wanted.clone().step_by(TILE_ROWS) {
        let n_rows = TILE_ROWS.min(task.wanted.end - first);
        // SAFETY: the caller guarantees it for all rows, which include these.
        unsafe { dispatch_rows!(n_rows, [1 2 3 4], multiply_tile::<P, D>(task, first)) }
    }
}

/// Multiplies the `ROWS` rows of activations from `first` on with the 16 columns of the panel.
///
/// # Safety
/// As for [`multiply_rows`], and the rows are among the wanted ones.
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn multiply_tile<const ROWS: usize, P: Packed, D: Dot>(task: &Task<'_>, first: usize) {
    let Task { rows, panel, ref format, .. } = *task;
    let n_in_span = format.blocks_of_span();
    let (span_len, scales_len, weights_len) =
        (format.span_len(), format.scales_len(), format.weights_len());
    let zero_point = format.zero_point - P::offset::<D>();
    let mut sums = [[_mm256_setzero_ps(); PAIR]; ROWS];
    let (mut span, mut in_span) = (panel, 0);
    for block in 0..rows.n_blocks() {
        let start = |row| begin(zero_point * rows.minus_sum(first + row, block));
        let mut products: [Chains; ROWS] = std::array::from_fn(start);
        let weights = span.wrapping_add(scales_len + in_span * weights_len);
        for pass in 0..rows.block() / PASS_ROWS {
            // SAFETY: a block has a pass for every sixteen of its rows.
            let lines = unsafe { P::pass(weights, pass) };
            for (line, weights) in lines.into_iter().enumerate() {
                let place = block * rows.block() + (pass * PASS_LINES + line) * GROUP;
                for (row, products) in products.iter_mut().enumerate() {
                    // SAFETY: every row of activations has the block; the caller's processor has
                    // the instructions of `D`.
                    unsafe {
                        let four = _mm256_set1_epi32(rows.four(first + row, place));
                        let sums = &mut products[line % n_chains(ROWS)];
                        for (sum, weights) in sums.iter_mut().zip(weights) {
                            *sum = P::add::<D>(*sum, weights, four);
                        }
                    }
                }
            }
        }
        // SAFETY: a span has the scales of its blocks.
        let scales = unsafe { load_scales(span, format, in_span) };
        for (row, (products, sums)) in products.into_iter().zip(&mut sums).enumerate() {
            let scale = _mm256_set1_ps(rows.scale(first + row, block));
            for ((sum, total), scales) in sums.iter_mut().zip(total(products)).zip(scales) {
                let factor = _mm256_mul_ps(scales, scale);
                *sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(total), factor, *sum);
            }
        }
        if format.has_minima {
            // SAFETY: a span has the minima of its blocks.
            let minima = unsafe { load_minima(span, format, in_span) };
            for (row, sums) in sums.iter_mut().enumerate() {
                let activations = _mm256_set1_ps(rows.sum(first + row, block));
                for (sum, minima) in sums.iter_mut().zip(minima) {
                    *sum = _mm256_fmadd_ps(minima, activations, *sum);
                }
            }
        }
        in_span += 1;
        if in_span == n_in_span {
            (span, in_span) = (span.wrapping_add(span_len), 0);
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

/// The sum of all chains.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn total([a, b, c, d]: Chains) -> [__m256i; PAIR] {
    std::array::from_fn(|half| {
        let (low, high) = (_mm256_add_epi32(a[half], b[half]), _mm256_add_epi32(c[half], d[half]));
        _mm256_add_epi32(low, high)
    })
}
