//! Products of many rows of activations, unsigned bytes, with weights, signed bytes with one scale
//! for each column: the matrix products of an encoder.
//!
//! VPDPBUSD multiplies four neighbouring bytes of each 32-bit lane and adds them up. So weights lie
//! in lines of 64 bytes: for each of 16 columns, the weights of 4 rows side by side. A tile of the
//! product stays in registers while the kernel passes through the whole length of a row.

use std::arch::x86_64::*;

use super::dispatch::dispatch_dot;
use super::kernel_set::Kernels;
use super::quantized_activations::QuantizedActivations;

/// Columns of a panel, whose product with a tile of rows is computed at once.
pub(crate) const PANEL: usize = 64;
/// Columns of a [`Line`].
const COLUMNS: usize = 16;
/// Lines side by side in a panel.
pub(crate) const LINES: usize = PANEL / COLUMNS;

/// Weights of 16 columns and 4 rows, `[16, 4]` bytes: as much as a register of 512 bits holds.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line([__m128i; 4]);

impl Line {
    /// Interleaves four rows of 16 signed bytes, so that the four weights of each column are side
    /// by side.
    pub(crate) fn interleave(rows: [&[u8; COLUMNS]; 4]) -> Self {
        // SAFETY: each row has sixteen bytes, and every x86-64 processor has SSE2.
        unsafe {
            let [a, b, c, d] = rows.map(|row| _mm_loadu_si128(row.as_ptr().cast()));
            let (low, high) = (_mm_unpacklo_epi8(a, b), _mm_unpackhi_epi8(a, b));
            let (low_cd, high_cd) = (_mm_unpacklo_epi8(c, d), _mm_unpackhi_epi8(c, d));
            Self([
                _mm_unpacklo_epi16(low, low_cd),
                _mm_unpackhi_epi16(low, low_cd),
                _mm_unpacklo_epi16(high, high_cd),
                _mm_unpackhi_epi16(high, high_cd),
            ])
        }
    }
}

/// What is done with a finished product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epilogue {
    /// Overwrite the output with it.
    Store,
    /// Add it to the output.
    Add,
    /// Overwrite the output with it, or with zero if it is negative.
    Relu,
}

/// 64 columns of weights, and the numbers that turn their integer products into floats.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel<'a> {
    /// `[k / 4, 4]` lines: for each group of 4 rows, 4 lines of 16 columns.
    pub(crate) lines: &'a [Line],
    /// `[64]`: the value of one step of each column.
    pub(crate) scales: &'a [f32],
    /// `[64]`: the sum of each column's bytes. Times the zero point of a row, it is taken from the
    /// row's products.
    pub(crate) sums: &'a [i32],
}

/// The arguments of [`Kernels::multiply`], whose lengths have been checked.
pub(crate) struct Product<'a> {
    pub(crate) rows: &'a QuantizedActivations,
    pub(crate) panel: Panel<'a>,
    /// Where the product of the first row and column goes; the next row's is `stride` floats later.
    pub(crate) out: *mut f32,
    pub(crate) stride: usize,
    pub(crate) epilogue: Epilogue,
}

impl Kernels {
    /// Multiplies all `rows` with a panel. `out` has rows of `stride` floats, of which the 64 from
    /// `column` on are written.
    ///
    /// # Panics
    /// If `out` is too short, the panel's columns are not as long as the rows, or the rows were
    /// quantized for kernels of another instruction set.
    pub(crate) fn multiply(
        self,
        rows: &QuantizedActivations,
        panel: Panel<'_>,
        (out, stride, column): (&mut [f32], usize, usize),
        epilogue: Epilogue,
    ) {
        assert_eq!(
            panel.lines.len(),
            rows.width() / 4 * LINES,
            "rows and columns are equally long"
        );
        assert!(
            panel.scales.len() == PANEL && panel.sums.len() == PANEL && column + PANEL <= stride
        );
        assert!(rows.len() * stride <= out.len(), "every row has a place");
        let n_words = if self.multiply_words() { rows.quants().len() / 2 } else { 0 };
        assert_eq!(rows.words().len(), n_words, "the rows were quantized for these kernels");
        let product = Product { rows, panel, out: out[column..].as_mut_ptr(), stride, epilogue };
        // SAFETY: `self` proves the instructions, and the lengths were checked above.
        unsafe { dispatch_dot!(self, int8::multiply(&product)) }
    }
}
