//! [`CausalCache`]: the keys and values of a sequence that grows, in the order in which the kernels
//! read them.

use crate::kernels::{F32_PANEL_LEN, HEAD_SIZE, HeadPanels, KEYS};

/// The KV cache of some heads of one layer, in panels of 32 tokens. Places that no token was stored
/// at hold finite numbers, which attention weights with zero.
#[derive(Debug, Default)]
pub(crate) struct CausalCache {
    n_heads: usize,
    /// Channels of a head: a multiple of 64.
    head_size: usize,
    /// `[n_panels, n_heads, head_size, 32 tokens]`, the bits of floats. The first axis grows.
    keys: Vec<u32>,
    /// `[n_panels, n_heads, head_size / 64, 32 tokens, 64 channels]`, the bits of floats. The first
    /// axis grows.
    values: Vec<u32>,
}

/// The panels of a sequence's tokens: for every 32 of them, the panels of all heads.
pub(crate) struct CachedPanels<'a> {
    pub(crate) head_size: usize,
    keys: Vec<&'a [u32]>,
    values: Vec<&'a [u32]>,
}

impl CausalCache {
    /// An empty cache with room for `capacity` tokens.
    pub(crate) fn new(n_heads: usize, head_size: usize, capacity: usize) -> Self {
        let len = capacity.div_ceil(KEYS) * n_heads * head_size * KEYS;
        Self { n_heads, head_size, keys: vec![0; len], values: vec![0; len] }
    }

    /// Stores a token's key, `[head_size]`, of a head.
    pub(crate) fn store_key(&mut self, head: usize, position: usize, key: &[f32]) {
        let place = self.panel(head, position) + position % KEYS;
        let channels = self.keys[place..].iter_mut().step_by(KEYS);
        channels.zip(key).for_each(|(word, value)| *word = value.to_bits());
    }

    /// Stores a token's value, `[head_size]`, of a head.
    pub(crate) fn store_value(&mut self, head: usize, position: usize, value: &[f32]) {
        let panel = self.panel(head, position);
        let parts = self.values[panel..].chunks_exact_mut(F32_PANEL_LEN);
        for (part, value) in parts.zip(value.chunks_exact(HEAD_SIZE)) {
            let channels = part[position % KEYS * HEAD_SIZE..].iter_mut();
            channels.zip(value).for_each(|(word, value)| *word = value.to_bits());
        }
    }

    /// The panels of the first `n_tokens` tokens.
    pub(crate) fn panels(&self, n_tokens: usize) -> CachedPanels<'_> {
        let (n_panels, len) = (n_tokens.div_ceil(KEYS), self.n_heads * self.head_size * KEYS);
        let [keys, values] = [&self.keys, &self.values]
            .map(|words| words.chunks_exact(len).take(n_panels).collect());
        CachedPanels { head_size: self.head_size, keys, values }
    }

    /// The first word of the panels of a head with this position.
    fn panel(&self, head: usize, position: usize) -> usize {
        (position / KEYS * self.n_heads + head) * self.head_size * KEYS
    }
}

impl CachedPanels<'_> {
    /// The keys of a head for the first `n_tokens` tokens.
    pub(crate) fn keys(&self, head: usize, n_tokens: usize) -> HeadPanels<'_> {
        let panels = &self.keys[..n_tokens.div_ceil(KEYS)];
        HeadPanels { panels, head, len: self.head_size * KEYS }
    }

    /// The values of a head for the first `n_tokens` tokens, in parts of 64 channels.
    pub(crate) fn values(
        &self,
        head: usize,
        n_tokens: usize,
    ) -> impl Iterator<Item = HeadPanels<'_>> {
        let panels = &self.values[..n_tokens.div_ceil(KEYS)];
        let n_parts = self.head_size / HEAD_SIZE;
        let parts = head * n_parts..(head + 1) * n_parts;
        parts.map(move |head| HeadPanels { panels, head, len: F32_PANEL_LEN })
    }
}
