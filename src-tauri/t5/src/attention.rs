//! Attention of a block of the prompt to the whole of it.

use crate::kernels::{FloatPanels, HEAD_SIZE, KEYS, Kernels, PANEL_LEN};
use crate::weights::PositionBias;

/// Queries that are taken through a head at a time: their scores stay in the first cache.
const GROUP: usize = 12;

/// Puts the rows of `projected`, `[n, stride]`, into panels of keys.
pub(crate) fn store_keys(projected: &[f32], stride: usize, panels: &mut [f32]) {
    for_panels(projected, stride, panels, |token, head, panel| {
        for (channel, value) in head.iter().enumerate() {
            panel[channel * KEYS + token] = *value;
        }
    });
}

/// The same for values.
pub(crate) fn store_values(projected: &[f32], stride: usize, panels: &mut [f32]) {
    for_panels(projected, stride, panels, |token, head, panel| {
        panel[token * HEAD_SIZE..][..HEAD_SIZE].copy_from_slice(head);
    });
}

/// Calls `store` with every token's place in its panel, one head of its row, and the panel.
fn for_panels(
    projected: &[f32],
    stride: usize,
    panels: &mut [f32],
    store: impl Fn(usize, &[f32], &mut [f32]),
) {
    let n_panels = projected.len().div_ceil(stride * KEYS);
    let panels = panels.chunks_exact_mut(panels.len() / n_panels);
    for (rows, panels) in projected.chunks(stride * KEYS).zip(panels) {
        for (token, row) in rows.chunks_exact(stride).enumerate() {
            let heads = row.chunks_exact(HEAD_SIZE);
            for (head, panel) in heads.zip(panels.chunks_exact_mut(PANEL_LEN)) {
                store(token, head, panel);
            }
        }
    }
}

/// What a block attends to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attention<'a> {
    pub(crate) kernels: Kernels,
    pub(crate) bias: &'a PositionBias,
    /// Panels of keys of the whole prompt, of all heads each.
    pub(crate) keys: &'a [&'a [f32]],
    /// The same of values.
    pub(crate) values: &'a [&'a [f32]],
    /// Tokens of the prompt.
    pub(crate) n_tokens: usize,
    pub(crate) n_heads: usize,
}

impl Attention<'_> {
    /// Attends from `queries`, `[n, n_heads * 64]`, of which the first is the prompt's token `first`, into
    /// `attended` of the same shape. `scores` is room to work in.
    pub(crate) fn attend(
        &self,
        queries: &[f32],
        first: usize,
        attended: &mut [f32],
        scores: &mut Vec<f32>,
    ) {
        let width = self.n_tokens.next_multiple_of(KEYS);
        scores.resize(GROUP * width, 0.0);
        let stride = self.n_heads * HEAD_SIZE;
        let groups = queries.chunks(GROUP * stride).zip(attended.chunks_mut(GROUP * stride));
        for (group, (queries, attended)) in groups.enumerate() {
            let scores = &mut scores[..queries.len() / stride * width];
            for head in 0..self.n_heads {
                let first = first + group * GROUP;
                let (queries, attended) =
                    (&queries[head * HEAD_SIZE..], &mut attended[head * HEAD_SIZE..]);
                self.attend_head(head, (queries, stride), first, scores, attended);
            }
        }
    }

    fn attend_head(
        &self,
        head: usize,
        queries: (&[f32], usize),
        first: usize,
        scores: &mut [f32],
        attended: &mut [f32],
    ) {
        let [keys, values] = [self.keys, self.values].map(|panels| FloatPanels { panels, head });
        self.kernels.score(queries, keys, self.bias.of(head, first), scores);
        let mut factors = [0.0; GROUP];
        let rows = scores.chunks_exact_mut(self.n_tokens.next_multiple_of(KEYS));
        let n_rows = rows.len();
        for (row, factor) in rows.zip(&mut factors) {
            *factor = self.kernels.exponentials(row, self.n_tokens);
        }
        self.kernels.sum_values(scores, &factors[..n_rows], values, (attended, queries.1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Panels;

    /// Compares with attention as its definition says, in 64 bits.
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
        let mut panels = Panels::default();
        panels.reserve(n_tokens, n_heads);
        store_keys(&keys, stride, &mut panels.keys);
        store_values(&values, stride, &mut panels.values);
        let [key_panels, value_panels] = [&panels.keys, &panels.values]
            .map(|floats| floats.chunks_exact(n_heads * PANEL_LEN).collect::<Vec<_>>());
        let attention = Attention {
            kernels,
            bias: &bias,
            keys: &key_panels,
            values: &value_panels,
            n_tokens,
            n_heads,
        };
        let mut attended = vec![0.0; n_queries * stride];
        attention.attend(&queries, first, &mut attended, &mut Vec::new());
        for (query, head) in
            (0..n_queries).flat_map(|query| (0..n_heads).map(move |head| (query, head)))
        {
            let part = |rows: &[f32], row: usize| {
                rows[row * stride + head * HEAD_SIZE..][..HEAD_SIZE].to_vec()
            };
            let scores: Vec<f64> = (0..n_tokens)
                .map(|token| {
                    let product: f64 = part(&queries, query)
                        .iter()
                        .zip(part(&keys, token))
                        .map(|(a, b)| f64::from(a * b))
                        .sum();
                    let place = head * (2 * max_len - 1) + token + max_len - 1 - (first + query);
                    product + f64::from(table[place])
                })
                .collect();
            let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let shares: Vec<f64> = scores.iter().map(|score| (score - highest).exp()).collect();
            let sum: f64 = shares.iter().sum();
            for channel in 0..HEAD_SIZE {
                let expected: f64 = (0..n_tokens)
                    .map(|token| shares[token] * f64::from(part(&values, token)[channel]) / sum)
                    .sum();
                let found = f64::from(part(&attended, query)[channel]);
                assert!(
                    (expected - found).abs() < 1e-5,
                    "query {query} of head {head}: {expected}, {found}"
                );
            }
        }
        attended
    }

    #[test]
    fn attention_is_what_its_definition_says() {
        Kernels::all_give_the_same(|kernels| {
            let few = [check(kernels, 1, 0, 1), check(kernels, 32, 0, 32)];
            let several = [check(kernels, 33, 32, 1), check(kernels, 70, 0, 64)];
            (few, several, check(kernels, 100, 64, 36))
        });
    }
}
