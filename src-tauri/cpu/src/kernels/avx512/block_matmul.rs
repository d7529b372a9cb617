//! Products of rows of activations with weights in blocks, with VPDPBUSD.

use std::arch::x86_64::*;

use super::block_panels::{Eight, Five, Four, Packed, Six, load_minima, load_scales};
use crate::kernels::block_activations::GROUP;
use crate::kernels::block_format::{PASS_ROWS, Width};
use crate::kernels::block_matmul::Task;
use crate::kernels::dispatch::dispatch_rows;

/// Independent sums in which a block of few rows is summed up, because a sum has to wait four
/// cycles for its previous product. With four rows or more, there is one for each row.
pub(super) const CHAINS: usize = 4;
/// The most rows of activations that are multiplied at once: 12 registers of integer sums and 12 of
/// float sums.
const TILE_ROWS: usize = 12;

/// Multiplies the task's rows with its panel.
///
/// # Safety
/// The panel's columns are as long as the rows and have the same blocks, and `out` can be written
/// for all wanted rows.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(crate) unsafe fn multiply_panel(task: &Task<'_>) {
    // SAFETY: the caller guarantees it, and the panel has the width that its format says.
    unsafe {
        match task.format.width {
            Width::Four => multiply_rows::<Four>(task),
            Width::Five => multiply_rows::<Five>(task),
            Width::Six => multiply_rows::<Six>(task),
            Width::Eight => multiply_rows::<Eight>(task),
        }
    }
}

/// Multiplies the task's rows with its panel, which stays in a cache for all of them.
///
/// # Safety
/// As for [`multiply_panel`], and the panel has the width `P`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_rows<P: Packed>(task: &Task<'_>) {
    for first in task.wanted.clone().step_by(TILE_ROWS) {
        let n_rows = TILE_ROWS.min(task.wanted.end - first);
        // SAFETY: the caller guarantees it for all rows, which include these.
        unsafe {
            dispatch_rows!(n_rows, [1 2 3 4 5 6 7 8 9 10 11 12], multiply_tile::<P>(task, first));
        }
    }
}

/// Multiplies the `ROWS` rows of activations from `first` on with the 16 columns of the panel.
///
/// # Safety
/// As for [`multiply_rows`], and the rows are among the wanted ones.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_tile<const ROWS: usize, P: Packed>(task: &Task<'_>, first: usize) {
    // SAFETY: the caller guarantees it.
    unsafe {
        if ROWS < CHAINS {
            multiply_in_chains::<ROWS, CHAINS, P>(task, first);
        } else {
            multiply_in_chains::<ROWS, 1, P>(task, first);
        }
    }
}

/// [`multiply_tile`] with `N_CHAINS` independent sums for each row.
///
/// # Safety
/// As for [`multiply_tile`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_in_chains<const ROWS: usize, const N_CHAINS: usize, P: Packed>(
    task: &Task<'_>,
    first: usize,
) {
    let Task { rows, panel, ref format, .. } = *task;
    // A shift by 32 leaves nothing, where weights lie above a minimum.
    let zero_point = _mm_cvtsi32_si128(format.zero_point.trailing_zeros().cast_signed());
    let (n_in_span, n_passes) = (format.blocks_of_span(), format.block / PASS_ROWS);
    let (span_len, scales_len, weights_len) =
        (format.span_len(), format.scales_len(), format.weights_len());
    let mut sums = [_mm512_setzero_ps(); ROWS];
    let (mut span, mut in_span) = (panel, 0);
    for block in 0..rows.n_blocks() {
        let mut products = [[_mm512_setzero_si512(); ROWS]; N_CHAINS];
        for (row, product) in products[0].iter_mut().enumerate() {
            let minus_sum = _mm512_set1_epi32(rows.minus_sum(first + row, block));
            *product = _mm512_sll_epi32(minus_sum, zero_point);
        }
        let weights = span.wrapping_add(scales_len + in_span * weights_len);
        for pass in 0..n_passes {
            // SAFETY: a block has a pass for every sixteen of its rows.
            let lines = unsafe { P::pass(weights, pass) };
            let place = block * rows.block() + pass * PASS_ROWS;
            for (chain, line) in lines.iter().enumerate() {
                for (row, product) in products[chain % N_CHAINS].iter_mut().enumerate() {
                    // SAFETY: every row of activations has the whole block.
                    let four = unsafe { rows.four(first + row, place + chain * GROUP) };
                    *product = _mm512_dpbusd_epi32(*product, *line, _mm512_set1_epi32(four));
                }
            }
        }
        // SAFETY: a span has the scales of its blocks.
        let scales = unsafe { load_scales(span, format, in_span) };
        for (row, sum) in sums.iter_mut().enumerate() {
            let mut total = products[0][row];
            for chain in &products[1..] {
                total = _mm512_add_epi32(total, chain[row]);
            }
            let factor = _mm512_mul_ps(scales, _mm512_set1_ps(rows.scale(first + row, block)));
            *sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(total), factor, *sum);
        }
        if format.has_minima {
            // SAFETY: a span has the minima of its blocks.
            let minima = unsafe { load_minima(span, format, in_span) };
            for (row, sum) in sums.iter_mut().enumerate() {
                let activations = _mm512_set1_ps(rows.sum(first + row, block));
                *sum = _mm512_fmadd_ps(minima, activations, *sum);
            }
        }
        in_span += 1;
        if in_span == n_in_span {
            (span, in_span) = (span.wrapping_add(span_len), 0);
        }
    }
    for (row, sum) in sums.iter().enumerate() {
        let out = task.out.wrapping_add((first + row - task.wanted.start) * task.stride);
        // SAFETY: the caller guarantees that the row can be written.
        unsafe { _mm512_storeu_ps(out, *sum) }
    }
}

/// The sum of all chains.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn total([a, b, c, d]: [__m512i; CHAINS]) -> __m512i {
    _mm512_add_epi32(_mm512_add_epi32(a, b), _mm512_add_epi32(c, d))
}
