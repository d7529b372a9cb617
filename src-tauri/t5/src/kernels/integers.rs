//! Products of unsigned 8-bit activations with signed 8-bit weights.
//!
//! VPDPBUSD multiplies four neighbouring bytes of each 32-bit lane and adds them up. So weights lie in lines of 16
//! columns by 4 rows, and a tile of 6 rows by 64 columns of the product stays in registers while it goes through
//! the whole length of a row.

use std::arch::x86_64::*;

use super::{Vnni, for_rows};
use crate::rows::QuantizedRows;

/// Columns of the product that one pass makes.
pub(crate) const PANEL: usize = 64;
/// Rows of the product that one pass makes at most: 6 times 4 registers of sums, 4 of weights, 1 of activations.
const TILE_ROWS: usize = 6;
/// Columns in one register of sums.
const LANES: usize = 16;
/// Registers of sums in a row of the tile.
const REGISTERS: usize = PANEL / LANES;

/// Weights of 16 columns and 4 rows: what one register holds.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Line(__m512i);

impl Line {
    /// Four rows of weights, signed bytes, with the four of each column side by side.
    pub(crate) fn interleave(rows: [&[u8; LANES]; 4]) -> Self {
        // SAFETY: there are sixteen bytes, and every processor of this kind has SSE2.
        let [a, b, c, d] = rows.map(|row| unsafe { _mm_loadu_si128(row.as_ptr().cast()) });
        // SAFETY: as above.
        let quarters = unsafe {
            let (low, high) = (_mm_unpacklo_epi8(a, b), _mm_unpackhi_epi8(a, b));
            let (low_too, high_too) = (_mm_unpacklo_epi8(c, d), _mm_unpackhi_epi8(c, d));
            [
                _mm_unpacklo_epi16(low, low_too),
                _mm_unpackhi_epi16(low, low_too),
                _mm_unpacklo_epi16(high, high_too),
                _mm_unpackhi_epi16(high, high_too),
            ]
        };
        // SAFETY: four quarters are as large as the whole, and any bits are a register's.
        Self(unsafe { std::mem::transmute::<[__m128i; 4], __m512i>(quarters) })
    }
}

/// What becomes of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epilogue {
    /// It is stored.
    Store,
    /// It is added to what is there.
    Add,
    /// It is stored, negative numbers as zero.
    Relu,
}

/// 64 columns of weights, and what turns their integer products into floats.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel<'a> {
    /// `[k / 4, 4]` lines.
    pub(crate) lines: &'a [Line],
    /// `[64]`: the value of one step of a column.
    pub(crate) scales: &'a [f32],
    /// `[64]`: the sum of each column, which a zero point of the activations is multiplied with.
    pub(crate) sums: &'a [i32],
}

/// Where a tile comes from and goes to.
struct Tile<'a> {
    rows: &'a QuantizedRows,
    first_row: usize,
    panel: Panel<'a>,
    /// The tile's first element, in rows of `stride`.
    out: *mut f32,
    stride: usize,
    epilogue: Epilogue,
}

impl Vnni {
    /// Multiplies all `rows` with a panel. `out` has rows of `stride` floats, of which those from `column` on are
    /// written.
    ///
    /// # Panics
    /// If `out` ends before the last row's last column, or the panel is for rows of another length.
    pub(crate) fn multiply(
        self,
        rows: &QuantizedRows,
        panel: Panel<'_>,
        (out, stride, column): (&mut [f32], usize, usize),
        epilogue: Epilogue,
    ) {
        assert_eq!(
            panel.lines.len(),
            rows.width() / 4 * REGISTERS,
            "the panel is as long as a row"
        );
        assert!(
            panel.scales.len() == PANEL && panel.sums.len() == PANEL && column + PANEL <= stride
        );
        assert!(rows.len() * stride <= out.len(), "every row has its place");
        for first_row in (0..rows.len()).step_by(TILE_ROWS) {
            let n_rows = TILE_ROWS.min(rows.len() - first_row);
            let out = out[first_row * stride + column..].as_mut_ptr();
            let tile = Tile { rows, first_row, panel, out, stride, epilogue };
            // SAFETY: `self` proves the instructions; the lengths were checked above, and the tile's rows are there.
            unsafe { for_rows!(n_rows, [1 2 3 4 5 6], multiply_tile(&tile)) }
        }
    }
}

/// One tile of `ROWS` rows.
///
/// # Safety
/// The tile's rows are in `rows`, its panel is as long as they, and `out` can be written for so many rows.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_tile<const ROWS: usize>(tile: &Tile<'_>) {
    let width = tile.rows.width();
    let quants = tile.rows.quants()[tile.first_row * width..].as_ptr();
    let mut weights = tile.panel.lines.as_ptr().cast::<__m512i>();
    let mut sums = [[_mm512_setzero_si512(); REGISTERS]; ROWS];
    for group in (0..width).step_by(4) {
        // SAFETY: the panel has as many lines as a row has groups of four, times the registers.
        let columns: [__m512i; REGISTERS] =
            unsafe { weights.cast::<[__m512i; REGISTERS]>().read() };
        // SAFETY: this is one past the last line at most.
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
        unsafe { finish_row(tile, row, sums) }
    }
}

/// Takes the zero point out of a row of sums, scales them and writes them.
///
/// # Safety
/// As for [`multiply_tile`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn finish_row(tile: &Tile<'_>, row: usize, sums: [__m512i; REGISTERS]) {
    let (scale, zero_point) = tile.rows.scale(tile.first_row + row);
    let (scale, zero_point) = (_mm512_set1_ps(scale), _mm512_set1_epi32(zero_point));
    for (register, sum) in sums.into_iter().enumerate() {
        // SAFETY: scales and sums have a panel's width, and the tile's rows can be written.
        unsafe {
            let column_sums =
                _mm512_loadu_si512(tile.panel.sums.as_ptr().add(register * LANES).cast());
            let column_scales = _mm512_loadu_ps(tile.panel.scales.as_ptr().add(register * LANES));
            let exact = _mm512_sub_epi32(sum, _mm512_mullo_epi32(zero_point, column_sums));
            let product =
                _mm512_mul_ps(_mm512_cvtepi32_ps(exact), _mm512_mul_ps(scale, column_scales));
            let out = tile.out.add(row * tile.stride + register * LANES);
            let value = match tile.epilogue {
                Epilogue::Store => product,
                Epilogue::Add => _mm512_add_ps(_mm512_loadu_ps(out), product),
                Epilogue::Relu => _mm512_max_ps(product, _mm512_setzero_ps()),
            };
            _mm512_storeu_ps(out, value);
        }
    }
}
