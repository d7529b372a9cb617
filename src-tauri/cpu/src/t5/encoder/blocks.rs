//! [`Blocks`]: the state of a prompt on its way through the layers, in blocks of tokens.
//!
//! One thread at a time works on a block, while others may read its keys and values of the layer
//! before. The locks prove this to the compiler and are never contended.

use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use super::weights::EncoderWeights;
use crate::attention::key_value_panels::KeyValuePanels;
use crate::kernels::HEAD_SIZE;
use crate::threads::locks::read;

/// All blocks of a prompt. The next prompt reuses their memory.
#[derive(Default)]
pub(crate) struct Blocks {
    /// Those of the prompt, and further ones that a longer prompt has left.
    blocks: Vec<Block>,
    /// Blocks of the prompt.
    n: usize,
}

/// Some neighbouring tokens of the prompt.
#[derive(Default)]
pub(crate) struct Block {
    /// The position of its first token in the prompt.
    pub(crate) first: usize,
    pub(crate) tokens: Mutex<Tokens>,
    /// A double buffer of keys and values: the first one for layers with an even index, the second
    /// for odd ones.
    panels: [RwLock<KeyValuePanels>; 2],
}

/// The activations of a block that only the block itself needs.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// The residual stream: `[n, d_model]`.
    pub(crate) stream: Vec<f32>,
    /// Queries of the next attention: `[n, n_heads * 64]`.
    pub(crate) queries: Vec<f32>,
}

impl Blocks {
    /// Begins a prompt: cuts `ids` into blocks of `block_len` tokens and looks up their embeddings.
    /// Keys and values are stored in panels of `panel_len` words.
    pub(crate) fn begin(
        &mut self,
        weights: &EncoderWeights,
        ids: &[u32],
        block_len: usize,
        panel_len: usize,
    ) {
        self.n = ids.len().div_ceil(block_len);
        self.blocks.resize_with(self.blocks.len().max(self.n), Block::default);
        for (index, (block, ids)) in self.blocks.iter_mut().zip(ids.chunks(block_len)).enumerate() {
            block.first = index * block_len;
            block.begin(weights, ids, panel_len);
        }
    }

    /// The blocks of the prompt, in order.
    pub(crate) fn of_prompt(&self) -> &[Block] {
        &self.blocks[..self.n]
    }

    /// The keys and values of all blocks in a layer.
    pub(crate) fn keys_and_values(&self, layer: usize) -> KeysAndValues<'_> {
        let panels = self.of_prompt().iter().map(|block| read(block.panels(layer)));
        KeysAndValues { blocks: panels.collect() }
    }
}

impl Block {
    fn begin(&mut self, weights: &EncoderWeights, ids: &[u32], panel_len: usize) {
        let EncoderWeights { n_heads, embedding, .. } = weights;
        let tokens = self.tokens.get_mut().unwrap_or_else(PoisonError::into_inner);
        embedding.look_up_all(ids, &mut tokens.stream);
        tokens.queries.resize(ids.len() * n_heads * HEAD_SIZE, 0.0);
        for panels in &mut self.panels {
            let panels = panels.get_mut().unwrap_or_else(PoisonError::into_inner);
            panels.reserve(ids.len(), *n_heads, panel_len);
        }
    }

    /// The buffer for the block's keys and values of a layer.
    pub(crate) fn panels(&self, layer: usize) -> &RwLock<KeyValuePanels> {
        &self.panels[layer % 2]
    }
}

/// The keys and values of a whole prompt in one layer, locked for reading.
pub(crate) struct KeysAndValues<'a> {
    blocks: Vec<RwLockReadGuard<'a, KeyValuePanels>>,
}

impl KeysAndValues<'_> {
    /// For every 32 tokens of the prompt, the panels of keys of all heads: `len` words.
    pub(crate) fn keys(&self, len: usize) -> Vec<&[u32]> {
        let blocks = self.blocks.iter();
        blocks.flat_map(|panels| panels.keys.chunks_exact(len)).collect()
    }

    /// For every 32 tokens of the prompt, the panels of values of all heads: `len` words.
    pub(crate) fn values(&self, len: usize) -> Vec<&[u32]> {
        let blocks = self.blocks.iter();
        blocks.flat_map(|panels| panels.values.chunks_exact(len)).collect()
    }
}
