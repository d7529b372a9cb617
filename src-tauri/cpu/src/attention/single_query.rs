//! Attention of one query to keys and values that lie in rows, as a decoder step computes it.

use crate::kernels::Kernels;

/// The softmax takes rows of scores that are a multiple of this long.
const LANES: usize = 16;

/// Attends from `query`, `[64]`, to as many keys as there are scores, and writes the weighted sum
/// of their values to `attended`, `[64]`. `keys` and `values` are `[n, 64]`. On entry `scores`
/// holds the position biases.
pub(crate) fn attend(
    kernels: Kernels,
    query: &[f32],
    [keys, values]: [&[f32]; 2],
    scores: &mut Vec<f32>,
    attended: &mut [f32],
) {
    let n = scores.len();
    kernels.score_keys(query, keys, scores);
    scores.resize(n.next_multiple_of(LANES), 0.0);
    let factor = kernels.exponentials(scores, n);
    kernels.sum_rows(&scores[..n], factor, values, attended);
}
