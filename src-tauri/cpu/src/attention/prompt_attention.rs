//! Attention of a block of the prompt to the whole prompt.

use super::key_value_panels::panel_len;
use super::position_bias::PositionBias;
use crate::kernels::{HEAD_SIZE, HeadPanels, KEYS, Kernels};

/// Queries that a head attends from at a time: few enough that their scores stay in the first-level
/// cache.
const QUERY_GROUP: usize = 12;

/// Memory that attention works in.
#[derive(Debug, Default)]
pub(crate) struct AttentionScratch {
    /// `[12, n_tokens]`, each row filled up to whole panels of 32: scores, then their exponentials.
    scores: Vec<f32>,
    /// The exponentials as bf16, two in each word, where the kernels take those.
    probabilities: Vec<u32>,
}

/// The keys and values of a prompt in one layer, which its blocks attend to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PromptAttention<'a> {
    pub(crate) kernels: Kernels,
    pub(crate) bias: &'a PositionBias,
    /// For every 32 tokens of the prompt, the panels of keys of all heads.
    pub(crate) keys: &'a [&'a [u32]],
    /// For every 32 tokens of the prompt, the panels of values of all heads.
    pub(crate) values: &'a [&'a [u32]],
    /// Tokens of the prompt.
    pub(crate) n_tokens: usize,
    pub(crate) n_heads: usize,
}

impl PromptAttention<'_> {
    /// Attends from `queries`, `[n, n_heads * 64]`, and writes the weighted sums of the values to
    /// `attended`, of the same shape. The first query is that of the prompt's token `first`.
    pub(crate) fn attend(
        &self,
        queries: &[f32],
        first: usize,
        attended: &mut [f32],
        scratch: &mut AttentionScratch,
    ) {
        scratch.scores.resize(QUERY_GROUP * self.width(), 0.0);
        scratch.probabilities.resize(QUERY_GROUP * self.width() / 2, 0);
        let stride = self.n_heads * HEAD_SIZE;
        let groups =
            queries.chunks(QUERY_GROUP * stride).zip(attended.chunks_mut(QUERY_GROUP * stride));
        for (group, (queries, attended)) in groups.enumerate() {
            for head in 0..self.n_heads {
                let first = first + group * QUERY_GROUP;
                let (queries, attended) =
                    (&queries[head * HEAD_SIZE..], &mut attended[head * HEAD_SIZE..]);
                self.attend_head(head, (queries, stride), first, scratch, attended);
            }
        }
    }

    /// Scores in a row, with those that fill up the last panel.
    fn width(&self) -> usize {
        self.n_tokens.next_multiple_of(KEYS)
    }

    /// Attends with one head from a group of queries, in rows of `stride` floats.
    fn attend_head(
        &self,
        head: usize,
        (queries, stride): (&[f32], usize),
        first: usize,
        scratch: &mut AttentionScratch,
        attended: &mut [f32],
    ) {
        let AttentionScratch { scores, probabilities } = scratch;
        let n_rows = queries.len().div_ceil(stride);
        let scores = &mut scores[..n_rows * self.width()];
        self.score(head, (queries, stride), first, scores);
        let mut factors = [0.0; QUERY_GROUP];
        for (row, factor) in scores.chunks_exact_mut(self.width()).zip(&mut factors) {
            *factor = self.kernels.exponentials(row, self.n_tokens);
        }
        let (factors, values) = (&factors[..n_rows], self.panels(self.values, head));
        if self.kernels.has_bf16() {
            let probabilities = &mut probabilities[..scores.len() / 2];
            self.kernels.round_to_bf16(scores, probabilities);
            self.kernels.sum_values_bf16(probabilities, factors, values, (attended, stride));
        } else {
            self.kernels.sum_values(scores, factors, values, (attended, stride));
        }
    }

    fn panels<'p>(&self, panels: &'p [&'p [u32]], head: usize) -> HeadPanels<'p> {
        HeadPanels { panels, head, len: panel_len(self.kernels) }
    }

    /// Writes the scores of a group of queries, `[n, width]`.
    fn score(
        &self,
        head: usize,
        (queries, stride): (&[f32], usize),
        first: usize,
        scores: &mut [f32],
    ) {
        let (keys, bias) = (self.panels(self.keys, head), self.bias.of(head, first));
        if self.kernels.has_bf16() {
            let mut words = [0; QUERY_GROUP * HEAD_SIZE / 2];
            for (query, words) in queries.chunks(stride).zip(words.chunks_exact_mut(HEAD_SIZE / 2))
            {
                self.kernels.round_to_bf16(&query[..HEAD_SIZE], words);
            }
            self.kernels.score_bf16(&words, keys, bias, scores);
        } else {
            self.kernels.score((queries, stride), keys, bias, scores);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attention::key_value_panels::{KeyValuePanels, store_keys, store_values};

    /// Compares with attention as it is defined (Vaswani et al. 2017), computed in 64 bits.
    fn check(kernels: Kernels, n_tokens: usize, first: usize, n_queries: usize) -> Vec<f32> {
        let (n_heads, max_len) = (2, 100);
        let stride = n_heads * HEAD_SIZE;
        let mut random = fastrand::Rng::with_seed(n_tokens as u64);
        let mut rows = |n: usize, scale: f32| -> Vec<f32> {
            (0..n * stride).map(|_| (random.f32() - 0.5) * scale).collect()
        };
        let (queries, keys, values) =
            (rows(n_queries, 2.0), rows(n_tokens, 2.0), rows(n_tokens, 1.0));
        let table: Vec<f32> =
            (0..n_heads * (2 * max_len - 1)).map(|i| (i % 17) as f32 / 9.0).collect();
        let bias = PositionBias::new(&table, n_heads);
        let mut panels = KeyValuePanels::default();
        panels.reserve(n_tokens, n_heads, panel_len(kernels));
        store_keys(kernels, &keys, stride, &mut panels.keys);
        store_values(kernels, &values, stride, &mut panels.values);
        let [key_panels, value_panels] = [&panels.keys, &panels.values]
            .map(|words| words.chunks_exact(n_heads * panel_len(kernels)).collect::<Vec<_>>());
        let attention = PromptAttention {
            kernels,
            bias: &bias,
            keys: &key_panels,
            values: &value_panels,
            n_tokens,
            n_heads,
        };
        let mut attended = vec![0.0; n_queries * stride];
        attention.attend(&queries, first, &mut attended, &mut AttentionScratch::default());
        // bf16 has 8 bits of precision.
        let tolerance = if kernels.has_bf16() { 4e-3 } else { 1e-5 };
        for (query, head) in
            (0..n_queries).flat_map(|query| (0..n_heads).map(move |head| (query, head)))
        {
            let part = |rows: &[f32], row: usize| {
                rows[row * stride + head * HEAD_SIZE..][..HEAD_SIZE].to_vec()
            };
            let heads = |rows: &[f32]| (0..n_tokens).map(|token| part(rows, token)).collect();
            let biases = &table[head * (2 * max_len - 1) + max_len - 1 - (first + query)..];
            let expected =
                attended_by(&part(&queries, query), heads(&keys), heads(&values), biases);
            for (found, expected) in part(&attended, query).into_iter().zip(expected) {
                let found = f64::from(found);
                assert!(
                    (expected - found).abs() < tolerance,
                    "query {query} of head {head}: {expected}, {found}"
                );
            }
        }
        attended
    }

    /// The values weighted by the softmax of the scores, for one query of one head. `biases[i]` is
    /// added to the score of token `i`.
    fn attended_by(
        query: &[f32],
        keys: Vec<Vec<f32>>,
        values: Vec<Vec<f32>>,
        biases: &[f32],
    ) -> Vec<f64> {
        let product =
            |key: &Vec<f32>| -> f64 { query.iter().zip(key).map(|(a, b)| f64::from(a * b)).sum() };
        let scores: Vec<f64> =
            keys.iter().zip(biases).map(|(key, bias)| product(key) + f64::from(*bias)).collect();
        let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
        let sum: f64 = weights.iter().sum();
        let weighted = |channel: usize| {
            let parts = weights.iter().zip(&values);
            parts.map(|(weight, value)| weight * f64::from(value[channel]) / sum).sum()
        };
        (0..query.len()).map(weighted).collect()
    }

    #[test]
    fn attention_equals_its_definition() {
        let check = |kernels| {
            let few = [check(kernels, 1, 0, 1), check(kernels, 32, 0, 32)];
            let several = [check(kernels, 33, 32, 1), check(kernels, 70, 0, 64)];
            (few, several, check(kernels, 100, 64, 36))
        };
        let (bf16, floats): (Vec<_>, Vec<_>) =
            Kernels::all_supported().into_iter().partition(|kernels| kernels.has_bf16());
        bf16.into_iter().for_each(|kernels| drop(check(kernels)));
        let floats: Vec<_> = floats.into_iter().map(check).collect();
        assert!(floats.windows(2).all(|two| two[0] == two[1]), "identical to the last bit");
    }
}
