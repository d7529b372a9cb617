//! [`CausalCache`]: the keys and values of a sequence that grows, in the order in which the kernels
//! read them.

use crate::kernels::{F32_PANEL_LEN, HEAD_SIZE, HeadPanels, KEYS};

/// The KV cache of some heads of one layer, in panels of 32 tokens. Places that no token was stored
/// at hold finite numbers, which attention weights with zero.
#[derive(Debug, Default)]
pub(crate) struct CausalCache {
    n_heads: usize,
    /// `[n_panels, n_heads, 64 channels, 32 tokens]`, the bits of floats. The first axis grows.
    keys: Vec<u32>,
    /// `[n_panels, n_heads, 32 tokens, 64 channels]`, the bits of floats. The first axis grows.
    values: Vec<u32>,
}

/// The panels of a sequence's tokens: for every 32 of them, the panels of all heads.
pub(crate) struct CachedPanels<'a> {
    keys: Vec<&'a [u32]>,
    values: Vec<&'a [u32]>,
}

impl CausalCache {
    /// An empty cache with room for `capacity` tokens.
    pub(crate) fn new(n_heads: usize, capacity: usize) -> Self {
        let len = capacity.div_ceil(KEYS) * n_heads * F32_PANEL_LEN;
        Self { n_heads, keys: vec![0; len], values: vec![0; len] }
    }

    /// Stores a token's key, `[64]`, of a head.
    pub(crate) fn store_key(&mut self, head: usize, position: usize, key: &[f32]) {
        let place = self.panel(head, position) + position % KEYS;
        let channels = self.keys[place..].iter_mut().step_by(KEYS);
        channels.zip(key).for_each(|(word, value)| *word = value.to_bits());
    }

    /// Stores a token's value, `[64]`, of a head.
    pub(crate) fn store_value(&mut self, head: usize, position: usize, value: &[f32]) {
        let place = self.panel(head, position) + position % KEYS * HEAD_SIZE;
        let channels = self.values[place..].iter_mut();
        channels.zip(value).for_each(|(word, value)| *word = value.to_bits());
    }

    /// The panels of the first `n_tokens` tokens.
    pub(crate) fn panels(&self, n_tokens: usize) -> CachedPanels<'_> {
        let n_panels = n_tokens.div_ceil(KEYS);
        let [keys, values] = [&self.keys, &self.values]
            .map(|words| words.chunks_exact(self.n_heads * F32_PANEL_LEN).take(n_panels).collect());
        CachedPanels { keys, values }
    }

    /// The first word of the panel of a head with this position.
    fn panel(&self, head: usize, position: usize) -> usize {
        (position / KEYS * self.n_heads + head) * F32_PANEL_LEN
    }
}

impl CachedPanels<'_> {
    /// Keys and values of a head for the first `n_tokens` tokens.
    pub(crate) fn of_head(&self, head: usize, n_tokens: usize) -> [HeadPanels<'_>; 2] {
        let n_panels = n_tokens.div_ceil(KEYS);
        [&self.keys, &self.values].map(|panels| HeadPanels {
            panels: &panels[..n_panels],
            head,
            len: F32_PANEL_LEN,
        })
    }
}
