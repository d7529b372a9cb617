//! Products of many rows of 8-bit activations with 8-bit weights.

use std::arch::x86_64::*;

use super::dot::Dot;
use super::{LANES, PAIR};
use crate::kernels::dispatch::dispatch_rows;
use crate::kernels::int8::{Epilogue, LINES, Product};

/// The most rows of a tile: 6 times 2 registers of sums, 2 of weights, 1 of activations.
const TILE_ROWS: usize = 6;

/// See [`Kernels::multiply`](crate::kernels::Kernels::multiply). One column of lines of the panel
/// is multiplied with all rows before the next, so that it stays in the first-level cache.
///
/// # Safety
/// The panel's columns are as long as the rows, and `out` can be written for all rows.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn multiply<D: Dot>(product: &Product<'_>) {
    for line in 0..LINES {
        for first_row in (0..product.rows.len()).step_by(TILE_ROWS) {
            let n_rows = TILE_ROWS.min(product.rows.len() - first_row);
            // SAFETY: the tile's rows exist, and a panel is `LINES` lines wide.
            unsafe {
                dispatch_rows!(n_rows, [1 2 3 4 5 6], multiply_tile::<D>(product, first_row, line))
            }
        }
    }
}

/// Computes one tile: `ROWS` rows and the 16 columns of one line.
///
/// # Safety
/// As for [`multiply`], and the tile's rows are among the product's.
#[target_feature(enable = "avx2,fma")]
unsafe fn multiply_tile<const ROWS: usize, D: Dot>(
    product: &Product<'_>,
    first_row: usize,
    line: usize,
) {
    let n_groups = product.rows.width() / 4;
    let fours = D::fours(product.rows)[first_row * D::PARTS * n_groups..].as_ptr();
    let lines = product.panel.lines[line..].as_ptr();
    let mut sums = [[_mm256_setzero_si256(); PAIR]; ROWS];
    for part in 0..D::PARTS {
        for group in 0..n_groups {
            // SAFETY: the panel has its lines for each group of four weights, and the tile's rows
            // have as many groups; the caller's processor has the instructions of `D`.
            unsafe {
                let columns = lines.add(group * LINES).cast::<[__m256i; PAIR]>().read();
                let columns = columns.map(|column| D::part(column, part));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let four = *fours.add((row * D::PARTS + part) * n_groups + group);
                    let four = _mm256_set1_epi32(i32::from_ne_bytes(four));
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = D::add_part(*sum, four, column);
                    }
                }
            }
        }
    }
    for (row, sums) in sums.into_iter().enumerate() {
        // SAFETY: as above.
        unsafe { finish_row(product, first_row + row, line, sums) }
    }
}

/// Takes the zero point out of a row of sums, scales them, and writes them as the epilogue says.
///
/// # Safety
/// As for [`multiply_tile`].
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn finish_row(product: &Product<'_>, row: usize, line: usize, sums: [__m256i; PAIR]) {
    let (scale, zero_point) = product.rows.scale(row);
    let scale = _mm256_set1_ps(scale);
    let zero_point = _mm256_set1_epi32(zero_point);
    for (half, sum) in sums.into_iter().enumerate() {
        let column = (line * PAIR + half) * LANES;
        // SAFETY: scales and sums have a panel's width, and the tile's rows can be written.
        unsafe {
            let column_sums = _mm256_loadu_si256(product.panel.sums.as_ptr().add(column).cast());
            let column_scales = _mm256_loadu_ps(product.panel.scales.as_ptr().add(column));
            let exact = _mm256_sub_epi32(sum, _mm256_mullo_epi32(zero_point, column_sums));
            let scaled =
                _mm256_mul_ps(_mm256_cvtepi32_ps(exact), _mm256_mul_ps(scale, column_scales));
            let out = product.out.add(row * product.stride + column);
            let value = match product.epilogue {
                Epilogue::Store => scaled,
                Epilogue::Add => _mm256_add_ps(_mm256_loadu_ps(out), scaled),
                Epilogue::Relu => _mm256_max_ps(scaled, _mm256_setzero_ps()),
            };
            _mm256_storeu_ps(out, value);
        }
    }
}
