//! Attention of tokens to themselves and to those before them, in a KV cache.

use super::causal_cache::CachedPanels;
use crate::kernels::{HEAD_SIZE, Kernels};

/// Queries that a head attends from at a time: few enough that their scores stay in a cache.
const QUERY_GROUP: usize = 12;

/// Memory that attention works in.
#[derive(Debug, Default)]
pub(crate) struct CausalScratch {
    /// `[12, n_keys]`, each row filled up to whole panels of 32: scores, then their exponentials.
    scores: Vec<f32>,
    /// Zeros in place of the biases of positions.
    zeros: Vec<f32>,
}

/// Attends from `queries`, `[n, head_size]`, with the head of index `head` of the cache, and writes the
/// weighted sums of the values to `attended`, of the same shape. `n_keys` is the number of keys
/// that the query in a row attends to; it does not fall from row to row.
///
/// A query's result is the same to the last bit in whatever group it is computed: each sum runs
/// over the same numbers in the same order, except for weights of zero at its end.
pub(crate) fn attend(
    kernels: Kernels,
    (panels, head): (&CachedPanels<'_>, usize),
    queries: &[f32],
    n_keys: impl Fn(usize) -> usize,
    scratch: &mut CausalScratch,
    attended: &mut [f32],
) {
    let head_size = panels.head_size;
    let groups = queries.chunks(QUERY_GROUP * head_size);
    let groups = groups.zip(attended.chunks_mut(QUERY_GROUP * head_size));
    for (group, (queries, attended)) in groups.enumerate() {
        let (first, n_rows) = (group * QUERY_GROUP, queries.len() / head_size);
        let n_most = n_keys(first + n_rows - 1);
        let keys = panels.keys(head, n_most);
        let width = keys.width();
        scratch.scores.resize(n_rows * width, 0.0);
        scratch.zeros.resize(scratch.zeros.len().max(width + QUERY_GROUP), 0.0);
        let (scores, bias) = (&mut scratch.scores, (scratch.zeros.as_slice(), QUERY_GROUP));
        kernels.score((queries, head_size), keys, bias, scores);
        let mut factors = [0.0; QUERY_GROUP];
        for (row, scores) in scores.chunks_exact_mut(width).enumerate() {
            factors[row] = kernels.exponentials(scores, n_keys(first + row));
        }
        let factors = &factors[..n_rows];
        for (part, values) in panels.values(head, n_most).enumerate() {
            let sums = &mut attended[part * HEAD_SIZE..];
            kernels.sum_values(scores, factors, values, (sums, head_size));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::causal_cache::CausalCache;

    const N_HEADS: usize = 2;

    fn random(n: usize, seed: u64) -> Vec<f32> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..n).map(|_| random.f32() * 2.0 - 1.0).collect()
    }

    /// Attention as it is defined (Vaswani et al. 2017), in 64 bits.
    fn expected(query: &[f32], keys: &[&[f32]], values: &[&[f32]]) -> Vec<f64> {
        let product = |key: &&[f32]| -> f64 {
            query.iter().zip(*key).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let weights: Vec<f64> = keys.iter().map(|key| product(key).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let channel = |channel: usize| -> f64 {
            let parts = weights.iter().zip(values);
            parts.map(|(weight, value)| weight * f64::from(value[channel]) / sum).sum()
        };
        (0..query.len()).map(channel).collect()
    }

    /// Attends with every head from two queries for each of the last `n` of 70 tokens.
    fn check(kernels: Kernels, head_size: usize, n: usize) -> Vec<Vec<f32>> {
        let n_tokens = 70;
        let len = N_HEADS * n_tokens * head_size;
        let (keys, values) = (random(len, 1), random(len, 2));
        let mut cache = CausalCache::new(N_HEADS, head_size, 100);
        let rows = |all: &[f32]| -> Vec<Vec<f32>> {
            all.chunks_exact(head_size).map(<[f32]>::to_vec).collect()
        };
        let (keys, values) = (rows(&keys), rows(&values));
        for position in 0..n_tokens {
            for head in 0..N_HEADS {
                cache.store_key(head, position, &keys[position * N_HEADS + head]);
                cache.store_value(head, position, &values[position * N_HEADS + head]);
            }
        }
        let all_queries = random(len, 3);
        let queries = &all_queries[2 * (n_tokens - n) * head_size..];
        let n_keys = |row: usize| n_tokens - n + row / 2 + 1;
        let panels = cache.panels(n_tokens);
        let attend_with = |head: usize| {
            let mut attended = vec![0.0; queries.len()];
            let scratch = &mut CausalScratch::default();
            attend(kernels, (&panels, head), queries, n_keys, scratch, &mut attended);
            for (row, found) in attended.chunks_exact(head_size).enumerate() {
                let of_head = |rows: &'_ [Vec<f32>]| -> Vec<Vec<f32>> {
                    rows.iter().skip(head).step_by(N_HEADS).take(n_keys(row)).cloned().collect()
                };
                let (keys, values) = (of_head(&keys), of_head(&values));
                let [keys, values] =
                    [&keys, &values].map(|rows| rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
                let query = &queries[row * head_size..][..head_size];
                for (expected, found) in expected(query, &keys, &values).into_iter().zip(found) {
                    let error = (expected - f64::from(*found)).abs();
                    assert!(error < 1e-5, "row {row} of {n}: {expected}, {found}");
                }
            }
            attended
        };
        (0..N_HEADS).map(attend_with).collect()
    }

    #[test]
    fn attention_equals_its_definition_in_whatever_group() {
        Kernels::assert_identical_results(|kernels| {
            [64, 128].map(|head_size| {
                let (all, last) = (check(kernels, head_size, 70), check(kernels, head_size, 1));
                for (all, last) in all.iter().zip(&last) {
                    assert!(all.ends_with(last), "the last token alone, and after 69 others");
                }
                all
            })
        });
    }
}
