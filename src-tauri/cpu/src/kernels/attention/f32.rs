//! The two products of a prompt's attention in `f32`: queries with keys, and probabilities with
//! values.
//!
//! Keys lie in panels of `[n_channels, 32 tokens]`, values in panels of
//! `[32 tokens, 64 channels]`, so that both products read 16 neighbouring columns of the result at
//! once. A tile of the result stays in registers until it is complete.

use super::panels::{F32_PANEL_LEN, HeadPanels, KEYS, Scores, Sums};
use crate::kernels::dispatch::dispatch;
use crate::kernels::kernel_set::Kernels;

impl Kernels {
    /// Computes the scores of queries against all keys:
    /// `scores[i][j] = bias[j - i] + queries[i] * keys[j]`.
    ///
    /// `queries` has rows of `query_stride` floats, of which as many as a key has are used. `bias[centre]`
    /// is that of the first query for the first key. `scores` is `[n_rows, 32 * n_panels]`.
    ///
    /// # Panics
    /// If `queries`, `bias` or the panels are too short for the rows of `scores`.
    pub(crate) fn score(
        self,
        (queries, query_stride): (&[f32], usize),
        keys: HeadPanels<'_>,
        (bias, centre): (&[f32], usize),
        scores: &mut [f32],
    ) {
        keys.check(keys.n_channels() * KEYS);
        let task = Scores::new((queries, query_stride), keys, (bias, centre), scores);
        // SAFETY: `self` proves the instructions, and the lengths were checked with the task.
        unsafe { dispatch!(self, attention_f32::score(&task)) }
    }

    /// Computes weighted sums of values:
    /// `sums[i] = factors[i] * Σ probabilities[i][j] * values[j]`.
    ///
    /// `probabilities` is `[n_rows, 32 * n_panels]`, and `factors`, `[n_rows]`, normalizes its
    /// rows. `sums` has rows of `stride` floats, of which the first 64 are written.
    ///
    /// # Panics
    /// If `probabilities`, `sums` or the panels are too short for the rows of `factors`.
    pub(crate) fn sum_values(
        self,
        probabilities: &[f32],
        factors: &[f32],
        values: HeadPanels<'_>,
        (sums, stride): (&mut [f32], usize),
    ) {
        values.check(F32_PANEL_LEN);
        let task = Sums::new(probabilities, factors, values, (sums, stride));
        // SAFETY: `self` proves the instructions, and the lengths were checked with the task.
        unsafe { dispatch!(self, attention_f32::sum_values(&task)) }
    }
}
