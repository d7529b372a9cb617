//! [`KvShard`]: the KV cache of some heads, in every layer.

use crate::kernels::HEAD_SIZE;

/// Some heads of every layer's self-attention: their KV cache, and the projections of the tokens of
/// the current step. One thread at a time works on it.
#[derive(Debug, Default)]
pub(crate) struct KvShard {
    /// Tokens that the cache has room for.
    capacity: usize,
    /// One for each layer.
    caches: Vec<Cache>,
    /// Queries, keys and values of the step's tokens: `[n, n_heads * 64]` each.
    pub(crate) projected: [Vec<f32>; 3],
}

/// Keys and values of one layer: `[n_heads, capacity, 64]` each.
#[derive(Debug, Default)]
struct Cache {
    keys: Vec<f32>,
    values: Vec<f32>,
}

impl KvShard {
    /// Allocates an empty cache for `capacity` tokens.
    pub(crate) fn reserve(&mut self, n_layers: usize, n_heads: usize, capacity: usize) {
        let floats = || vec![0.0; n_heads * capacity * HEAD_SIZE];
        self.capacity = capacity;
        self.caches = (0..n_layers).map(|_| Cache { keys: floats(), values: floats() }).collect();
    }

    /// The keys and values of a head, from position 0 on.
    pub(crate) fn cached(&self, layer: usize, head: usize) -> [&[f32]; 2] {
        let Cache { keys, values } = &self.caches[layer];
        [keys, values].map(|cached| &cached[head * self.capacity * HEAD_SIZE..])
    }

    /// Copies the projected keys and values to the cache, for the positions from `past` on.
    pub(crate) fn append(&mut self, layer: usize, past: usize) {
        let Self { projected: [_, keys, values], caches, capacity } = self;
        let Cache { keys: cached_keys, values: cached_values } = &mut caches[layer];
        let n_heads = cached_keys.len() / (*capacity * HEAD_SIZE);
        for (projected, cached) in [(keys, cached_keys), (values, cached_values)] {
            let rows = projected.chunks_exact(n_heads * HEAD_SIZE).enumerate();
            for (position, row) in rows.map(|(row, values)| (past + row, values)) {
                for (head, values) in row.chunks_exact(HEAD_SIZE).enumerate() {
                    let place = (head * *capacity + position) * HEAD_SIZE;
                    cached[place..][..HEAD_SIZE].copy_from_slice(values);
                }
            }
        }
    }
}
