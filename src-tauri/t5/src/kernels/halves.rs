//! The two products of attention in floats of 16 bits, half of a word each, where the processor multiplies them faster
//! than those of 32 bits ([`super::floats`]).
//!
//! Their eight bits of precision are as good as those of the products around them; what is summed up has 32 bits.

use super::floats::{HEAD_SIZE, HeadPanels, PANEL_LEN};
use super::{InstructionSet, Kernels, LANES, avx512};

/// Words in a panel: of keys `[32, 32]` pairs of channels by key, of values `[16, 64]` pairs of values by channel.
pub(crate) const HALF_PANEL_LEN: usize = PANEL_LEN / 2;

impl Kernels {
    /// Whether attention is in halves; the methods below are for those that say so.
    pub(crate) fn has_halves(self) -> bool {
        self.0 == InstructionSet::Avx512Bf16
    }

    /// Rounds floats, of which there are a multiple of 32, to words of two neighbours each.
    ///
    /// # Panics
    /// If there are not half as many words, or there are no halves.
    pub(crate) fn round_to_halves(self, floats: &[f32], words: &mut [u32]) {
        assert!(self.has_halves() && floats.len() == 2 * words.len());
        assert!(words.len().is_multiple_of(LANES), "registers are full");
        // SAFETY: `self` proves the instructions, and the lengths were checked above.
        unsafe { avx512::halves::round(floats, words) }
    }

    /// Scores of queries against all keys, as [`score`](Self::score) makes them. `queries` are rows of 32 words.
    ///
    /// # Panics
    /// If one of them is too short for all rows of `scores`, or there are no halves.
    pub(crate) fn score_halves(
        self,
        queries: &[u32],
        keys: HeadPanels<'_>,
        (bias, centre): (&[f32], usize),
        scores: &mut [f32],
    ) {
        keys.check(HALF_PANEL_LEN);
        let width = keys.width();
        let n_rows = scores.len() / width;
        assert!(self.has_halves() && n_rows > 0 && n_rows * HEAD_SIZE / 2 <= queries.len());
        assert!(
            n_rows - 1 <= centre && centre + width <= bias.len(),
            "every distance has its bias"
        );
        let task = Scores { queries, keys, bias, centre, n_rows, out: scores.as_mut_ptr() };
        // SAFETY: `self` proves the instructions, and the lengths were checked above.
        unsafe { avx512::halves::score(&task) }
    }

    /// Sums of values, as [`sum_values`](Self::sum_values) makes them. `shares` are rows of `16 * n_panels` words.
    ///
    /// # Panics
    /// If one of them is too short, or there are no halves.
    pub(crate) fn sum_halves(
        self,
        shares: &[u32],
        factors: &[f32],
        values: HeadPanels<'_>,
        (sums, stride): (&mut [f32], usize),
    ) {
        values.check(HALF_PANEL_LEN);
        let n_rows = factors.len();
        assert!(self.has_halves() && n_rows > 0 && n_rows * values.width() / 2 <= shares.len());
        assert!((n_rows - 1) * stride + HEAD_SIZE <= sums.len());
        let task = Sums { shares, factors, values, out: sums.as_mut_ptr(), stride };
        // SAFETY: `self` proves the instructions, and the lengths were checked above.
        unsafe { avx512::halves::sum_values(&task) }
    }
}

/// What is scored. Everything is as long as [`Kernels::score_halves`] checks.
pub(crate) struct Scores<'a> {
    pub(crate) queries: &'a [u32],
    pub(crate) keys: HeadPanels<'a>,
    pub(crate) bias: &'a [f32],
    /// Where the first query's first bias is; that of the next is one float before.
    pub(crate) centre: usize,
    pub(crate) n_rows: usize,
    /// `[n_rows, 32 * n_panels]`.
    pub(crate) out: *mut f32,
}

/// What is summed up. Everything is as long as [`Kernels::sum_halves`] checks.
pub(crate) struct Sums<'a> {
    pub(crate) shares: &'a [u32],
    /// One for each row.
    pub(crate) factors: &'a [f32],
    pub(crate) values: HeadPanels<'a>,
    /// The first row's first float, in rows of `stride`.
    pub(crate) out: *mut f32,
    pub(crate) stride: usize,
}
