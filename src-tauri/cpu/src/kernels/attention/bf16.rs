//! The two products of attention in floats of 16 bits, half of a word each, where the processor multiplies them faster
//! than those of 32 bits ([`super::floats`]).
//!
//! Their eight bits of precision are as good as those of the products around them; what is summed up has 32 bits.

use super::floats::{HEAD_SIZE, HeadPanels, PANEL_LEN, Scores, Sums};
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
        assert!(self.has_halves(), "the processor has them");
        keys.check(HALF_PANEL_LEN);
        let task = Scores::new((queries, HEAD_SIZE / 2), keys, (bias, centre), scores);
        // SAFETY: `self` proves the instructions, and the lengths were checked with the task.
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
        assert!(self.has_halves(), "the processor has them");
        values.check(HALF_PANEL_LEN);
        let task = Sums::new(shares, factors, values, (sums, stride));
        // SAFETY: `self` proves the instructions, and the lengths were checked with the task.
        unsafe { avx512::halves::sum_values(&task) }
    }
}
