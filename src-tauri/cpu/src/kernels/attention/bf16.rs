//! The two products of attention in floats of 16 bits, half of a word each, where the processor multiplies them faster
//! than those of 32 bits ([`super::floats`]).
//!
//! Their eight bits of precision are as good as those of the products around them; what is summed up has 32 bits.

use super::panels::{F32_PANEL_LEN, HEAD_SIZE, HeadPanels, Scores, Sums};
use crate::kernels::avx512;
use crate::kernels::instruction_set::InstructionSet;
use crate::kernels::kernel_set::{Kernels, LANES};

/// Words in a panel: of keys `[32, 32]` pairs of channels by key, of values `[16, 64]` pairs of values by channel.
pub(crate) const BF16_PANEL_LEN: usize = F32_PANEL_LEN / 2;

impl Kernels {
    /// Whether attention is in halves; the methods below are for those that say so.
    pub(crate) fn has_bf16(self) -> bool {
        self.0 == InstructionSet::Avx512Bf16
    }

    /// Rounds floats, of which there are a multiple of 32, to words of two neighbours each.
    ///
    /// # Panics
    /// If there are not half as many words, or there are no halves.
    pub(crate) fn round_to_bf16(self, floats: &[f32], words: &mut [u32]) {
        assert!(self.has_bf16() && floats.len() == 2 * words.len());
        assert!(words.len().is_multiple_of(LANES), "registers are full");
        // SAFETY: `self` proves the instructions, and the lengths were checked above.
        unsafe { avx512::attention_bf16::round(floats, words) }
    }

    /// Scores of queries against all keys, as [`score`](Self::score) makes them. `queries` are rows of 32 words.
    ///
    /// # Panics
    /// If one of them is too short for all rows of `scores`, or there are no halves.
    pub(crate) fn score_bf16(
        self,
        queries: &[u32],
        keys: HeadPanels<'_>,
        (bias, centre): (&[f32], usize),
        scores: &mut [f32],
    ) {
        assert!(self.has_bf16(), "the processor has them");
        keys.check(BF16_PANEL_LEN);
        let task = Scores::new((queries, HEAD_SIZE / 2), keys, (bias, centre), scores);
        // SAFETY: `self` proves the instructions, and the lengths were checked with the task.
        unsafe { avx512::attention_bf16::score(&task) }
    }

    /// Sums of values, as [`sum_values`](Self::sum_values) makes them. `shares` are rows of `16 * n_panels` words.
    ///
    /// # Panics
    /// If one of them is too short, or there are no halves.
    pub(crate) fn sum_values_bf16(
        self,
        shares: &[u32],
        factors: &[f32],
        values: HeadPanels<'_>,
        (sums, stride): (&mut [f32], usize),
    ) {
        assert!(self.has_bf16(), "the processor has them");
        values.check(BF16_PANEL_LEN);
        let task = Sums::new(shares, factors, values, (sums, stride));
        // SAFETY: `self` proves the instructions, and the lengths were checked with the task.
        unsafe { avx512::attention_bf16::sum_values(&task) }
    }
}
