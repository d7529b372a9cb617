//! Products of few rows with weights in four bits.

use std::arch::x86_64::*;

use super::blocks::{CHAINS, begin, load_line, total};
use super::dot::Dot;
use super::{PAIR, sixteen};
use crate::kernels::blocks::{FOUR, LINE, SignedRows};
use crate::kernels::nibbles::{EIGHT, Task, ZERO};

/// Lines that are taken at once, each with sums of its own for both halves.
const LINES: usize = CHAINS / 2;

/// Multiplies all rows with the task's panel.
///
/// # Safety
/// The panel is as long as the rows, has a scale for every column, and `out` can be written for so many rows.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn multiply_panel<D: Dot>(task: &Task<'_>) {
    // SAFETY: there is one for each of 16 columns.
    let scales = sixteen::load(unsafe { &*task.scales.cast() });
    for row in 0..task.rows.len() {
        // SAFETY: the caller says so.
        unsafe {
            let sums = multiply_row::<D>(task.rows, row, task.lines);
            let scaled = std::array::from_fn(|half| _mm256_mul_ps(sums[half], scales[half]));
            sixteen::store(scaled, &mut *task.out.add(row * task.stride).cast());
        }
    }
}

/// A row of activations times 16 columns of weights, in steps of the columns.
///
/// # Safety
/// As for [`multiply_panel`], and there is such a row.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply_row<D: Dot>(
    rows: &SignedRows,
    row: usize,
    mut lines: *const u8,
) -> sixteen::Sixteen {
    let n_turns = rows.block() / (LINES * EIGHT);
    let mut sums = [_mm256_setzero_ps(); PAIR];
    for block in 0..rows.n_blocks() {
        let mut products = begin(ZERO * rows.minus_sum(row, block));
        for turn in 0..n_turns {
            for (line, products) in products.chunks_exact_mut(2).enumerate() {
                let place = block * rows.block() + (turn * LINES + line) * EIGHT;
                // SAFETY: the panel has a line for every eight rows, and the block is as long in every row; the
                // caller's processor has the instructions of `D`.
                unsafe {
                    let [low, high] = [place, place + FOUR].map(|place| rows.four(row, place));
                    let fours = [_mm256_set1_epi32(low), _mm256_set1_epi32(high)];
                    for (register, bytes) in load_line(lines).into_iter().enumerate() {
                        for (half, weights) in halves(bytes).into_iter().enumerate() {
                            let product = &mut products[half][register];
                            *product = D::add_small(*product, weights, fours[half]);
                        }
                    }
                    lines = lines.add(LINE);
                }
            }
        }
        let scale = _mm256_set1_ps(rows.scale(row, block));
        for (sum, total) in sums.iter_mut().zip(total(products)) {
            *sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(total), scale, *sum);
        }
    }
    sums
}

/// The low and the high halves of bytes.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn halves(bytes: __m256i) -> [__m256i; 2] {
    let low = _mm256_set1_epi8(0x0f);
    [_mm256_and_si256(bytes, low), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low)]
}
