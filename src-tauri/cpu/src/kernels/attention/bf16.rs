//! The two products of a prompt's attention in `bf16`, two in each 32-bit word, on processors that
//! multiply them faster than `f32` ([`super::f32`]).
//!
//! Their 8 bits of precision match the 8-bit products before and after attention; sums are `f32`.

use super::panels::{F32_PANEL_LEN, HEAD_SIZE, HeadPanels, Scores, Sums};
use crate::kernels::avx512;
use crate::kernels::instruction_set::InstructionSet;
use crate::kernels::kernel_set::{Kernels, LANES};

/// Words of a panel of `bf16`: `[32, 32 tokens]` pairs of channels for keys, `[16, 64 channels]`
/// pairs of tokens for values.
pub(crate) const BF16_PANEL_LEN: usize = F32_PANEL_LEN / 2;

impl Kernels {
    /// Whether the attention of a prompt is computed in `bf16`. Only then may the methods below be
    /// called.
    pub(crate) fn has_bf16(self) -> bool {
        self.0 == InstructionSet::Avx512Bf16
    }

    /// Rounds floats to `bf16`, two neighbours to a word, the first one in the lower half.
    ///
    /// # Panics
    /// If there are not half as many words as floats, their number is not a multiple of 16, or
    /// `bf16` is not supported.
    pub(crate) fn round_to_bf16(self, floats: &[f32], words: &mut [u32]) {
        assert!(self.has_bf16() && floats.len() == 2 * words.len());
        assert!(words.len().is_multiple_of(LANES), "registers are full");
        // SAFETY: `self` proves the instructions, and the lengths were checked above.
        unsafe { avx512::attention_bf16::round(floats, words) }
    }

    /// Computes the same as [`score`](Self::score). `queries` is `[n_rows, 32]` words.
    ///
    /// # Panics
    /// If `queries`, `bias` or the panels are too short for the rows of `scores`, or `bf16` is not
    /// supported.
    pub(crate) fn score_bf16(
        self,
        queries: &[u32],
        keys: HeadPanels<'_>,
        (bias, centre): (&[f32], usize),
        scores: &mut [f32],
    ) {
        assert!(self.has_bf16(), "the processor supports bf16");
        keys.check(BF16_PANEL_LEN);
        let task = Scores::new((queries, HEAD_SIZE / 2), keys, (bias, centre), scores);
        // SAFETY: `self` proves the instructions, and the lengths were checked with the task.
        unsafe { avx512::attention_bf16::score(&task) }
    }

    /// Computes the same as [`sum_values`](Self::sum_values). `probabilities` is
    /// `[n_rows, 16 * n_panels]` words.
    ///
    /// # Panics
    /// If `probabilities`, `sums` or the panels are too short for the rows of `factors`, or `bf16`
    /// is not supported.
    pub(crate) fn sum_values_bf16(
        self,
        probabilities: &[u32],
        factors: &[f32],
        values: HeadPanels<'_>,
        (sums, stride): (&mut [f32], usize),
    ) {
        assert!(self.has_bf16(), "the processor supports bf16");
        values.check(BF16_PANEL_LEN);
        let task = Sums::new(probabilities, factors, values, (sums, stride));
        // SAFETY: `self` proves the instructions, and the lengths were checked with the task.
        unsafe { avx512::attention_bf16::sum_values(&task) }
    }
}
