//! The two products of attention, in 32-bit floats: queries with keys, and their shares with values.
//!
//! Both have their right side in panels: 32 keys by column for the first, by row for the second. A tile of the result
//! stays in registers, as in [`super::integers`].

use super::panels::{F32_PANEL_LEN, HeadPanels, Scores, Sums};
use crate::kernels::dispatch::dispatch;
use crate::kernels::kernel_set::Kernels;

impl Kernels {
    /// Scores of queries against all keys: `scores[i][j] = bias[j - i] + queries[i] * keys[j]`.
    ///
    /// `queries` are rows of `query_stride` floats, of which the first 64 count; `bias` has, for the first query and
    /// the first key, its element `centre`; `scores` are rows of `32 * n_panels`.
    ///
    /// # Panics
    /// If one of them is too short for all rows of `scores`.
    pub(crate) fn score(
        self,
        (queries, query_stride): (&[f32], usize),
        keys: HeadPanels<'_>,
        (bias, centre): (&[f32], usize),
        scores: &mut [f32],
    ) {
        keys.check(F32_PANEL_LEN);
        let task = Scores::new((queries, query_stride), keys, (bias, centre), scores);
        // SAFETY: `self` proves the instructions, and the lengths were checked with the task.
        unsafe { dispatch!(self, attention_f32::score(&task)) }
    }

    /// Sums of values: `sums[i] = factors[i] * Σ shares[i][j] * values[j]`, for every row of `shares`, which are
    /// `32 * n_panels` long. `sums` has rows of `stride`, of which the first 64 floats are written.
    ///
    /// # Panics
    /// If one of them is too short.
    pub(crate) fn sum_values(
        self,
        shares: &[f32],
        factors: &[f32],
        values: HeadPanels<'_>,
        (sums, stride): (&mut [f32], usize),
    ) {
        values.check(F32_PANEL_LEN);
        let task = Sums::new(shares, factors, values, (sums, stride));
        // SAFETY: `self` proves the instructions, and the lengths were checked with the task.
        unsafe { dispatch!(self, attention_f32::sum_values(&task)) }
    }
}
