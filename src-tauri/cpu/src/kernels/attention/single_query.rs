//! The two products of attention of one query to keys and values that lie in rows of 64 channels.

use super::panels::HEAD_SIZE;
use crate::kernels::dispatch::dispatch;
use crate::kernels::kernel_set::Kernels;

impl Kernels {
    /// Computes `scores[j] += query * keys[j]` for every score. `query` is `[64]`, `keys` is
    /// `[n, 64]`.
    ///
    /// # Panics
    /// If `query` does not have 64 floats, or there are fewer keys than scores.
    pub(crate) fn score_keys(self, query: &[f32], keys: &[f32], scores: &mut [f32]) {
        assert!(query.len() == HEAD_SIZE && keys.len() >= scores.len() * HEAD_SIZE);
        // SAFETY: `self` proves the instructions.
        unsafe { dispatch!(self, single_query::score_keys(query, keys, scores)) }
    }

    /// Computes `sum = factor * Σ weights[j] * values[j]`. `values` is `[n, 64]`, `sum` is `[64]`.
    ///
    /// # Panics
    /// If `sum` does not have 64 floats, or there are fewer values than weights.
    pub(crate) fn sum_rows(self, weights: &[f32], factor: f32, values: &[f32], sum: &mut [f32]) {
        assert!(sum.len() == HEAD_SIZE && values.len() >= weights.len() * HEAD_SIZE);
        // SAFETY: `self` proves the instructions.
        unsafe { dispatch!(self, single_query::sum_rows(weights, factor, values, sum)) }
    }
}
