//! Products of few rows of activations with 8-bit weights in blocks, with VPDPBUSD.

use std::arch::x86_64::*;

use crate::kernels::block_activations::GROUP;
use crate::kernels::block_matmul::{LINE_BYTES, PREFETCH_BYTES, Task, ZERO_POINT};
use crate::kernels::dispatch::dispatch_rows;

/// Independent sums in which a block is summed up, because a sum has to wait four cycles for its
/// previous product.
pub(super) const CHAINS: usize = 4;
/// The most rows of activations that are multiplied at once: 4 times 4 registers of sums.
pub(super) const TILE_ROWS: usize = 4;

/// Multiplies the task's rows with its panel.
///
/// # Safety
/// The panel's columns are as long as the rows and have the same blocks, and `out` can be written
/// for all wanted rows.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(crate) unsafe fn multiply_panel(task: &Task<'_>) {
    // The panel stays in the first-level cache for all rows.
    for first in task.wanted.clone().step_by(TILE_ROWS) {
        let n_rows = TILE_ROWS.min(task.wanted.end - first);
        // SAFETY: the caller guarantees it for all rows, which include these.
        unsafe { dispatch_rows!(n_rows, [1 2 3 4], multiply_tile(task, first)) }
    }
}

/// Multiplies the `ROWS` rows of activations from `first` on with the 16 columns of the panel.
///
/// # Safety
/// As for [`multiply_panel`], and the rows are among the wanted ones.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_tile<const ROWS: usize>(task: &Task<'_>, first: usize) {
    let Task { rows, mut panel, .. } = *task;
    let n_passes = rows.block() / (GROUP * CHAINS);
    let mut sums = [_mm512_setzero_ps(); ROWS];
    for block in 0..rows.n_blocks() {
        let mut products = [[_mm512_setzero_si512(); CHAINS]; ROWS];
        for (row, products) in products.iter_mut().enumerate() {
            products[0] = _mm512_set1_epi32(ZERO_POINT * rows.minus_sum(first + row, block));
        }
        // SAFETY: a block begins with its sixteen scales, and its lines follow them.
        let columns = unsafe { _mm512_loadu_ps(panel.cast()) };
        // SAFETY: as above.
        panel = unsafe { panel.add(LINE_BYTES) };
        for pass in 0..n_passes {
            for chain in 0..CHAINS {
                // SAFETY: a block has a line for every four of its rows; a prefetch never faults.
                let line = unsafe {
                    _mm_prefetch::<_MM_HINT_T0>(panel.wrapping_add(PREFETCH_BYTES).cast());
                    _mm512_loadu_si512(panel.cast())
                };
                // SAFETY: this is at most one past the last line.
                panel = unsafe { panel.add(LINE_BYTES) };
                let place = block * rows.block() + (pass * CHAINS + chain) * GROUP;
                for (row, products) in products.iter_mut().enumerate() {
                    // SAFETY: every row of activations has the whole block.
                    let four = _mm512_set1_epi32(unsafe { rows.four(first + row, place) });
                    products[chain] = _mm512_dpbusd_epi32(products[chain], line, four);
                }
            }
        }
        for (row, (products, sum)) in products.into_iter().zip(&mut sums).enumerate() {
            let factor = _mm512_mul_ps(columns, _mm512_set1_ps(rows.scale(first + row, block)));
            *sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(total(products)), factor, *sum);
        }
    }
    for (row, sum) in sums.into_iter().enumerate() {
        let out = task.out.wrapping_add((first + row - task.wanted.start) * task.stride);
        // SAFETY: the caller guarantees that the row can be written.
        unsafe { _mm512_storeu_ps(out, sum) }
    }
}

/// The sum of all chains.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn total([a, b, c, d]: [__m512i; CHAINS]) -> __m512i {
    _mm512_add_epi32(_mm512_add_epi32(a, b), _mm512_add_epi32(c, d))
}
