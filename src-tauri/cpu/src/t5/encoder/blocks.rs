//! [`Blocks`]: what a prompt's tokens have become so far, block by block.
//!
//! A block is worked on by one thread at a time, while others may read the keys and values that it had in the layer
//! before. The locks say so to the compiler; nobody ever waits for one.

use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use crate::kernels::{HEAD_SIZE, KEYS};
use crate::locks::read;
use crate::weights::Weights;

/// All blocks of a prompt. The memory of the last prompt is used again.
#[derive(Default)]
pub(crate) struct Blocks {
    blocks: Vec<Block>,
    /// How many the prompt has.
    n: usize,
}

/// Some tokens of the prompt.
#[derive(Default)]
pub(crate) struct Block {
    /// The place of its first token.
    pub(crate) first: usize,
    pub(crate) tokens: Mutex<Tokens>,
    /// Keys and values of a layer with an even number, and of one with an odd number.
    panels: [RwLock<Panels>; 2],
}

/// What a block's tokens are by themselves.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// The residual stream: `[n, d_model]`.
    pub(crate) stream: Vec<f32>,
    /// Queries of the layer that comes: `[n, n_heads * 64]`.
    pub(crate) queries: Vec<f32>,
}

/// Keys and values in panels of 32 tokens: `[n_panels, n_heads]` of them, in words of one float or two halves. Places
/// that no token fills are read and weigh nothing; they have to be numbers.
#[derive(Debug, Default)]
pub(crate) struct Panels {
    pub(crate) keys: Vec<u32>,
    pub(crate) values: Vec<u32>,
}

impl Panels {
    /// Makes room for so many tokens, with panels of so many words.
    pub(crate) fn reserve(&mut self, n_tokens: usize, n_heads: usize, panel_len: usize) {
        let len = n_tokens.div_ceil(KEYS) * n_heads * panel_len;
        for words in [&mut self.keys, &mut self.values] {
            words.resize(len, 0);
        }
    }
}

impl Blocks {
    /// Begins a prompt with its embeddings.
    pub(crate) fn begin(
        &mut self,
        weights: &Weights,
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

    /// The prompt's blocks.
    pub(crate) fn of_prompt(&self) -> &[Block] {
        &self.blocks[..self.n]
    }

    /// Keys and values of all blocks in a layer.
    pub(crate) fn context(&self, layer: usize) -> Context<'_> {
        let panels = self.of_prompt().iter().map(|block| read(block.panels(layer)));
        Context { blocks: panels.collect() }
    }
}

impl Block {
    fn begin(&mut self, weights: &Weights, ids: &[u32], panel_len: usize) {
        let Weights { n_heads, embedding, .. } = weights;
        let tokens = self.tokens.get_mut().unwrap_or_else(PoisonError::into_inner);
        embedding.look_up_all(ids, &mut tokens.stream);
        tokens.queries.resize(ids.len() * n_heads * HEAD_SIZE, 0.0);
        for panels in &mut self.panels {
            let panels = panels.get_mut().unwrap_or_else(PoisonError::into_inner);
            panels.reserve(ids.len(), *n_heads, panel_len);
        }
    }

    /// Where the block's keys and values of a layer go.
    pub(crate) fn panels(&self, layer: usize) -> &RwLock<Panels> {
        &self.panels[layer % 2]
    }
}

/// Keys and values of a whole prompt in one layer.
pub(crate) struct Context<'a> {
    blocks: Vec<RwLockReadGuard<'a, Panels>>,
}

impl Context<'_> {
    /// Every panel of keys, of all heads, which have so many words together.
    pub(crate) fn keys(&self, len: usize) -> Vec<&[u32]> {
        let blocks = self.blocks.iter();
        blocks.flat_map(|panels| panels.keys.chunks_exact(len)).collect()
    }

    /// Every panel of values, of all heads, which have so many words together.
    pub(crate) fn values(&self, len: usize) -> Vec<&[u32]> {
        let blocks = self.blocks.iter();
        blocks.flat_map(|panels| panels.values.chunks_exact(len)).collect()
    }
}
