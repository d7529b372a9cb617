//! Products of many rows of 8-bit activations with 8-bit weights, with VPDPBUSD.

use std::arch::x86_64::*;

use super::LANES;
use crate::kernels::dispatch::dispatch_rows;
use crate::kernels::int8::{Epilogue, PANEL, Product};

/// The most rows of a tile: 6 times 4 registers of sums, 4 of weights, 1 of activations.
const TILE_ROWS: usize = 6;
/// Registers of sums for each row of the tile.
const REGISTERS: usize = PANEL / LANES;

/// See [`Kernels::multiply`](crate::kernels::Kernels::multiply).
///
/// # Safety
/// The panel's columns are as long as the rows, and `out` can be written for all rows.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(crate) unsafe fn multiply(product: &Product<'_>) {
    for first_row in (0..product.rows.len()).step_by(TILE_ROWS) {
        let n_rows = TILE_ROWS.min(product.rows.len() - first_row);
        // SAFETY: the tile's rows exist.
        unsafe { dispatch_rows!(n_rows, [1 2 3 4 5 6], multiply_tile(product, first_row)) }
    }
}

/// Computes one tile: `ROWS` rows and the 64 columns of the panel.
///
/// # Safety
/// As for [`multiply`], and the tile's rows are among the product's.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_tile<const ROWS: usize>(product: &Product<'_>, first_row: usize) {
    let width = product.rows.width();
    let quants = product.rows.quants()[first_row * width..].as_ptr();
    let mut weights = product.panel.lines.as_ptr().cast::<__m512i>();
    let mut sums = [[_mm512_setzero_si512(); REGISTERS]; ROWS];
    for group in (0..width).step_by(4) {
        // SAFETY: the panel has `REGISTERS` lines for each of a row's groups of four.
        let columns: [__m512i; REGISTERS] =
            unsafe { weights.cast::<[__m512i; REGISTERS]>().read() };
        // SAFETY: this is at most one past the last line.
        weights = unsafe { weights.add(REGISTERS) };
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: the tile's rows are `width` bytes each.
            let four = unsafe { quants.add(row * width + group).cast::<i32>().read_unaligned() };
            let four = _mm512_set1_epi32(four);
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = _mm512_dpbusd_epi32(*sum, four, column);
            }
        }
    }
    for (row, sums) in sums.into_iter().enumerate() {
        // SAFETY: as above.
        unsafe { finish_row(product, first_row + row, sums) }
    }
}

/// Takes the zero point out of a row of sums, scales them, and writes them as the epilogue says.
///
/// # Safety
/// As for [`multiply_tile`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn finish_row(product: &Product<'_>, row: usize, sums: [__m512i; REGISTERS]) {
    let (scale, zero_point) = product.rows.scale(row);
    let (scale, zero_point) = (_mm512_set1_ps(scale), _mm512_set1_epi32(zero_point));
    for (register, sum) in sums.into_iter().enumerate() {
        // SAFETY: scales and sums have a panel's width, and the tile's rows can be written.
        unsafe {
            let column_sums =
                _mm512_loadu_si512(product.panel.sums.as_ptr().add(register * LANES).cast());
            let column_scales =
                _mm512_loadu_ps(product.panel.scales.as_ptr().add(register * LANES));
            let exact = _mm512_sub_epi32(sum, _mm512_mullo_epi32(zero_point, column_sums));
            let scaled =
                _mm512_mul_ps(_mm512_cvtepi32_ps(exact), _mm512_mul_ps(scale, column_scales));
            let out = product.out.add(row * product.stride + register * LANES);
            let value = match product.epilogue {
                Epilogue::Store => scaled,
                Epilogue::Add => _mm512_add_ps(_mm512_loadu_ps(out), scaled),
                Epilogue::Relu => _mm512_max_ps(scaled, _mm512_setzero_ps()),
            };
            _mm512_storeu_ps(out, value);
        }
    }
}
