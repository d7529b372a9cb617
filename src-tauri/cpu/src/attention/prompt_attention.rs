//! Attention of a block of the prompt to the whole of it.

use crate::kernels::{HALF_PANEL_LEN, HEAD_SIZE, HeadPanels, KEYS, Kernels, PANEL_LEN};
use crate::weights::PositionBias;

/// Queries that are taken through a head at a time: their scores stay in the first cache.
const GROUP: usize = 12;

/// Words of one head in a panel.
pub(crate) fn panel_len(kernels: Kernels) -> usize {
    if kernels.has_halves() { HALF_PANEL_LEN } else { PANEL_LEN }
}

/// Puts the rows of `projected`, `[n, stride]`, into panels of keys: by channel, or pair of channels.
pub(crate) fn store_keys(kernels: Kernels, projected: &[f32], stride: usize, panels: &mut [u32]) {
    if kernels.has_halves() {
        for_panels(projected, stride, panels, HALF_PANEL_LEN, |token, head, panel| {
            for (pair, [low, high]) in head.as_chunks().0.iter().enumerate() {
                panel[pair * KEYS + token] = half(*low) | half(*high) << u16::BITS;
            }
        });
    } else {
        for_panels(projected, stride, panels, PANEL_LEN, |token, head, panel| {
            for (channel, value) in head.iter().enumerate() {
                panel[channel * KEYS + token] = value.to_bits();
            }
        });
    }
}

/// The same for values: by token, or pair of tokens.
pub(crate) fn store_values(kernels: Kernels, projected: &[f32], stride: usize, panels: &mut [u32]) {
    if kernels.has_halves() {
        for_panels(projected, stride, panels, HALF_PANEL_LEN, |token, head, panel| {
            let shift = token as u32 % 2 * u16::BITS;
            let words = &mut panel[token / 2 * HEAD_SIZE..][..HEAD_SIZE];
            for (word, value) in words.iter_mut().zip(head) {
                *word = *word & !(u32::from(u16::MAX) << shift) | half(*value) << shift;
            }
        });
    } else {
        for_panels(projected, stride, panels, PANEL_LEN, |token, head, panel| {
            let words = &mut panel[token * HEAD_SIZE..][..HEAD_SIZE];
            words.iter_mut().zip(head).for_each(|(word, value)| *word = value.to_bits());
        });
    }
}

/// The bits of the nearest float of 16 bits, in doubt the even one. Of a finite number.
fn half(value: f32) -> u32 {
    let bits = value.to_bits();
    let is_odd = bits >> u16::BITS & 1;
    bits.wrapping_add(0x7fff + is_odd) >> u16::BITS
}

/// Calls `store` with every token's place in its panel, one head of its row, and the panel.
fn for_panels(
    projected: &[f32],
    stride: usize,
    panels: &mut [u32],
    panel_len: usize,
    store: impl Fn(usize, &[f32], &mut [u32]),
) {
    let n_panels = projected.len().div_ceil(stride * KEYS);
    let panels = panels.chunks_exact_mut(panels.len() / n_panels);
    for (rows, panels) in projected.chunks(stride * KEYS).zip(panels) {
        for (token, row) in rows.chunks_exact(stride).enumerate() {
            let heads = row.chunks_exact(HEAD_SIZE);
            for (head, panel) in heads.zip(panels.chunks_exact_mut(panel_len)) {
                store(token, head, panel);
            }
        }
    }
}

/// Room to work in.
#[derive(Debug, Default)]
pub(crate) struct AttentionScratch {
    /// `[12, n_tokens]`, filled up to whole panels.
    scores: Vec<f32>,
    /// The same rounded, where that is faster.
    shares: Vec<u32>,
}

/// What a block attends to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attention<'a> {
    pub(crate) kernels: Kernels,
    pub(crate) bias: &'a PositionBias,
    /// Panels of keys of the whole prompt, of all heads each.
    pub(crate) keys: &'a [&'a [u32]],
    /// The same of values.
    pub(crate) values: &'a [&'a [u32]],
    /// Tokens of the prompt.
    pub(crate) n_tokens: usize,
    pub(crate) n_heads: usize,
}

impl Attention<'_> {
    /// Attends from `queries`, `[n, n_heads * 64]`, of which the first is the prompt's token `first`, into
    /// `attended` of the same shape.
    pub(crate) fn attend(
        &self,
        queries: &[f32],
        first: usize,
        attended: &mut [f32],
        scratch: &mut AttentionScratch,
    ) {
        scratch.scores.resize(GROUP * self.width(), 0.0);
        scratch.shares.resize(GROUP * self.width() / 2, 0);
        let stride = self.n_heads * HEAD_SIZE;
        let groups = queries.chunks(GROUP * stride).zip(attended.chunks_mut(GROUP * stride));
        for (group, (queries, attended)) in groups.enumerate() {
            for head in 0..self.n_heads {
                let first = first + group * GROUP;
                let (queries, attended) =
                    (&queries[head * HEAD_SIZE..], &mut attended[head * HEAD_SIZE..]);
                self.attend_head(head, (queries, stride), first, scratch, attended);
            }
        }
    }

    /// Scores in a row.
    fn width(&self) -> usize {
        self.n_tokens.next_multiple_of(KEYS)
    }

    fn attend_head(
        &self,
        head: usize,
        (queries, stride): (&[f32], usize),
        first: usize,
        scratch: &mut AttentionScratch,
        attended: &mut [f32],
    ) {
        let AttentionScratch { scores, shares } = scratch;
        let n_rows = queries.len().div_ceil(stride);
        let scores = &mut scores[..n_rows * self.width()];
        self.score(head, (queries, stride), first, scores);
        let mut factors = [0.0; GROUP];
        for (row, factor) in scores.chunks_exact_mut(self.width()).zip(&mut factors) {
            *factor = self.kernels.exponentials(row, self.n_tokens);
        }
        let (factors, values) = (&factors[..n_rows], self.panels(self.values, head));
        if self.kernels.has_halves() {
            let shares = &mut shares[..scores.len() / 2];
            self.kernels.round_to_halves(scores, shares);
            self.kernels.sum_halves(shares, factors, values, (attended, stride));
        } else {
            self.kernels.sum_values(scores, factors, values, (attended, stride));
        }
    }

    fn panels<'p>(&self, panels: &'p [&'p [u32]], head: usize) -> HeadPanels<'p> {
        HeadPanels { panels, head, len: panel_len(self.kernels) }
    }

    fn score(
        &self,
        head: usize,
        (queries, stride): (&[f32], usize),
        first: usize,
        scores: &mut [f32],
    ) {
        let (keys, bias) = (self.panels(self.keys, head), self.bias.of(head, first));
        if self.kernels.has_halves() {
            let mut words = [0; GROUP * HEAD_SIZE / 2];
            for (query, words) in queries.chunks(stride).zip(words.chunks_exact_mut(HEAD_SIZE / 2))
            {
                self.kernels.round_to_halves(&query[..HEAD_SIZE], words);
            }
            self.kernels.score_halves(&words, keys, bias, scores);
        } else {
            self.kernels.score((queries, stride), keys, bias, scores);
        }
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
        panels.reserve(n_tokens, n_heads, panel_len(kernels));
        store_keys(kernels, &keys, stride, &mut panels.keys);
        store_values(kernels, &values, stride, &mut panels.values);
        let [key_panels, value_panels] = [&panels.keys, &panels.values]
            .map(|words| words.chunks_exact(n_heads * panel_len(kernels)).collect::<Vec<_>>());
        let attention = Attention {
            kernels,
            bias: &bias,
            keys: &key_panels,
            values: &value_panels,
            n_tokens,
            n_heads,
        };
        let mut attended = vec![0.0; n_queries * stride];
        attention.attend(&queries, first, &mut attended, &mut AttentionScratch::default());
        // Halves have eight bits.
        let tolerance = if kernels.has_halves() { 4e-3 } else { 1e-5 };
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
                    (expected - found).abs() < tolerance,
                    "query {query} of head {head}: {expected}, {found}"
                );
            }
        }
        attended
    }

    #[test]
    fn attention_is_what_its_definition_says() {
        let check = |kernels| {
            let few = [check(kernels, 1, 0, 1), check(kernels, 32, 0, 32)];
            let several = [check(kernels, 33, 32, 1), check(kernels, 70, 0, 64)];
            (few, several, check(kernels, 100, 64, 36))
        };
        let (halves, floats): (Vec<_>, Vec<_>) =
            Kernels::of_this_processor().into_iter().partition(|kernels| kernels.has_halves());
        halves.into_iter().for_each(|kernels| drop(check(kernels)));
        let floats: Vec<_> = floats.into_iter().map(check).collect();
        assert!(floats.windows(2).all(|two| two[0] == two[1]), "to the last bit");
    }

    #[test]
    fn halves_are_the_nearest() {
        for (value, expected) in
            [(1.0, 1.0), (-0.0, 0.0), (1.003, 1.0), (1.005, 1.007_812_5), (-3.1e7, -3.1e7)]
        {
            let found = f32::from_bits(half(value) << u16::BITS);
            assert!((found - expected).abs() <= f32::abs(expected) / 256.0, "{value}: {found}");
            assert!((found - value).abs() <= value.abs() / 256.0, "{value}: {found}");
        }
        let tie = f32::from_bits(0x3f80_8000);
        assert_eq!(half(tie), 0x3f80, "in doubt the even one");
    }
}
