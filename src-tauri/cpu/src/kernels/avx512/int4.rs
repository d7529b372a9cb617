//! Products of few rows of activations with 4-bit weights, with VPDPBUSD.

use std::arch::x86_64::*;

use super::block_matmul::{CHAINS, total};
use crate::kernels::block_activations::GROUP;
use crate::kernels::block_format::LINE_BYTES;
use crate::kernels::block_matmul::PREFETCH_BYTES;
use crate::kernels::dispatch::dispatch_rows;
use crate::kernels::int4::{LINE_ROWS, Task, ZERO_POINT};

/// The most rows of activations that are multiplied at once: 4 times 4 registers of sums.
const TILE_ROWS: usize = 4;
/// Lines of weights in one pass of the inner loop. Each half of a line has a chain of its own.
const LINES: usize = CHAINS / 2;

/// Multiplies all rows with the task's panel.
///
/// # Safety
/// The panel's columns are as long as the rows, every column has a scale, and `out` can be written
/// for all rows.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(crate) unsafe fn multiply_panel(task: &Task<'_>) {
    for first in (0..task.rows.len()).step_by(TILE_ROWS) {
        let n_rows = TILE_ROWS.min(task.rows.len() - first);
        // SAFETY: the caller guarantees it for all rows, which include these.
        unsafe { dispatch_rows!(n_rows, [1 2 3 4], multiply_tile(task, first)) }
    }
}

/// Multiplies the `ROWS` rows of activations from `first` on with the 16 columns of the panel.
///
/// # Safety
/// As for [`multiply_panel`], and the task has these rows.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_tile<const ROWS: usize>(task: &Task<'_>, first: usize) {
    let Task { rows, mut lines, .. } = *task;
    let n_passes = rows.block() / (LINES * LINE_ROWS);
    let mut sums = [_mm512_setzero_ps(); ROWS];
    for block in 0..rows.n_blocks() {
        let mut products = [[_mm512_setzero_si512(); CHAINS]; ROWS];
        for (row, products) in products.iter_mut().enumerate() {
            products[0] = _mm512_set1_epi32(ZERO_POINT * rows.minus_sum(first + row, block));
        }
        for pass in 0..n_passes {
            for line in 0..LINES {
                // SAFETY: the panel has a line for every eight rows; a prefetch never faults.
                let halves = unsafe {
                    _mm_prefetch::<_MM_HINT_T0>(lines.wrapping_add(PREFETCH_BYTES).cast());
                    halves(_mm512_loadu_si512(lines.cast()))
                };
                // SAFETY: this is at most one past the last line.
                lines = unsafe { lines.add(LINE_BYTES) };
                for (row, products) in products.iter_mut().enumerate() {
                    let place = block * rows.block() + (pass * LINES + line) * LINE_ROWS;
                    for (half, weights) in halves.into_iter().enumerate() {
                        // SAFETY: every row of activations has the whole block.
                        let four = unsafe { rows.four(first + row, place + half * GROUP) };
                        let four = _mm512_set1_epi32(four);
                        let product = &mut products[2 * line + half];
                        *product = _mm512_dpbusd_epi32(*product, weights, four);
                    }
                }
            }
        }
        for (row, (products, sum)) in products.into_iter().zip(&mut sums).enumerate() {
            let scale = _mm512_set1_ps(rows.scale(first + row, block));
            *sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(total(products)), scale, *sum);
        }
    }
    for (row, sum) in sums.into_iter().enumerate() {
        // SAFETY: the caller guarantees that the row can be written and that every column has a
        // scale.
        unsafe {
            let product = _mm512_mul_ps(sum, _mm512_loadu_ps(task.scales));
            _mm512_storeu_ps(task.out.add((first + row) * task.stride), product);
        }
    }
}

/// The lower and the upper halves of bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn halves(bytes: __m512i) -> [__m512i; 2] {
    let low = _mm512_set1_epi8(0x0f);
    [_mm512_and_si512(bytes, low), _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), low)]
}
