//! Attention of one query: products with keys and sums of values that lie in rows, 64 channels each.

use super::panels::HEAD_SIZE;
use crate::kernels::dispatch::dispatch;
use crate::kernels::kernel_set::Kernels;

impl Kernels {
    /// `scores[j] += query * keys[j]`, for as many keys as there are scores.
    ///
    /// # Panics
    /// If `query` is not a head wide, or there are fewer keys.
    pub(crate) fn score_keys(self, query: &[f32], keys: &[f32], scores: &mut [f32]) {
        assert!(query.len() == HEAD_SIZE && keys.len() >= scores.len() * HEAD_SIZE);
        // SAFETY: `self` proves the instructions.
        unsafe { dispatch!(self, single_query::score_keys(query, keys, scores)) }
    }

    /// `sum = factor * Σ shares[j] * values[j]`.
    ///
    /// # Panics
    /// If `sum` is not a head wide, or there are fewer values than shares.
    pub(crate) fn sum_rows(self, shares: &[f32], factor: f32, values: &[f32], sum: &mut [f32]) {
        assert!(sum.len() == HEAD_SIZE && values.len() >= shares.len() * HEAD_SIZE);
        // SAFETY: `self` proves the instructions.
        unsafe { dispatch!(self, single_query::sum_rows(shares, factor, values, sum)) }
    }
}
