//! Products of unsigned 8-bit activations with signed 8-bit weights.
//!
//! The instructions multiply four neighbouring bytes of each 32-bit lane and add them up. So weights lie in lines of 16
//! columns by 4 rows, and a tile of the product stays in registers while it goes through the whole length of a row.

use std::arch::x86_64::*;

use super::dispatch::dispatch_dot;
use super::kernel_set::Kernels;
use super::quantized_activations::QuantizedActivations;

/// Columns of the product that one pass makes.
pub(crate) const PANEL: usize = 64;
/// Columns of a [`Line`].
const COLUMNS: usize = 16;
/// Lines that are as wide as a panel.
pub(crate) const LINES: usize = PANEL / COLUMNS;

/// Weights of 16 columns and 4 rows: what one register of 512 bits holds.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line([__m128i; 4]);

impl Line {
    /// Four rows of weights, signed bytes, with the four of each column side by side.
    pub(crate) fn interleave(rows: [&[u8; COLUMNS]; 4]) -> Self {
        // SAFETY: there are sixteen bytes, and every processor of this kind has SSE2.
        unsafe {
            let [a, b, c, d] = rows.map(|row| _mm_loadu_si128(row.as_ptr().cast()));
            let (low, high) = (_mm_unpacklo_epi8(a, b), _mm_unpackhi_epi8(a, b));
            let (low_too, high_too) = (_mm_unpacklo_epi8(c, d), _mm_unpackhi_epi8(c, d));
            Self([
                _mm_unpacklo_epi16(low, low_too),
                _mm_unpackhi_epi16(low, low_too),
                _mm_unpacklo_epi16(high, high_too),
                _mm_unpackhi_epi16(high, high_too),
            ])
        }
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

/// What is multiplied, and where the product goes. Everything is as long as [`Kernels::multiply`] checks.
pub(crate) struct Product<'a> {
    pub(crate) rows: &'a QuantizedActivations,
    pub(crate) panel: Panel<'a>,
    /// The first row's first element, in rows of `stride`.
    pub(crate) out: *mut f32,
    pub(crate) stride: usize,
    pub(crate) epilogue: Epilogue,
}

impl Kernels {
    /// Multiplies all `rows` with a panel. `out` has rows of `stride` floats, of which those from `column` on are
    /// written.
    ///
    /// # Panics
    /// If `out` ends before the last row's last column, the panel is for rows of another length, or the rows were
    /// rounded for other kernels.
    pub(crate) fn multiply(
        self,
        rows: &QuantizedActivations,
        panel: Panel<'_>,
        (out, stride, column): (&mut [f32], usize, usize),
        epilogue: Epilogue,
    ) {
        assert_eq!(panel.lines.len(), rows.width() / 4 * LINES, "the panel is as long as a row");
        assert!(
            panel.scales.len() == PANEL && panel.sums.len() == PANEL && column + PANEL <= stride
        );
        assert!(rows.len() * stride <= out.len(), "every row has its place");
        let n_words = if self.multiply_words() { rows.quants().len() / 2 } else { 0 };
        assert_eq!(rows.words().len(), n_words, "rows are rounded for these kernels");
        let product = Product { rows, panel, out: out[column..].as_mut_ptr(), stride, epilogue };
        // SAFETY: `self` proves the instructions, and the lengths were checked above.
        unsafe { dispatch_dot!(self, int8::multiply(&product)) }
    }
}
