//! The layers of the decoder, for one thread's part of a step.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::weights::{DecoderLayer, DecoderWeights};
use crate::attention::kv_shard::KvShard;
use crate::attention::single_query::attend;
use crate::decoder::network::Network;
use crate::decoder::prompt::{EncodedPrompt, EncoderOutput};
use crate::decoder::shared::split;
use crate::decoder::step::{BarrierAborted, Step};
use crate::decoder::worker::Worker;
use crate::kernels::HEAD_SIZE;
use crate::threads::locks::{lock, read, write};

/// All layers of a decoder.
pub(super) struct Layers {
    pub(super) weights: DecoderWeights,
    /// The prompt that cross-attention reads.
    pub(super) encoder_output: Arc<EncoderOutput>,
    /// One for each shard.
    pub(super) shards: Vec<Mutex<KvShard>>,
}

impl Network for Layers {
    fn run(&self, step: &Step<'_>, worker: &mut Worker) -> Result<(), BarrierAborted> {
        let prompt = &read(&self.encoder_output.prompt);
        let part = Part { layers: self, prompt, step };
        for (index, layer) in self.weights.layers.iter().enumerate() {
            part.self_attention(index, layer, worker)?;
            part.cross_attention(index, layer, worker)?;
            part.feed_forward(layer, worker)?;
        }
        Ok(())
    }

    fn max_len(&self) -> usize {
        self.weights.max_len()
    }

    fn reserve(&self, capacity: usize) {
        for (index, shard) in self.shards.iter().enumerate() {
            let n_heads = split(index, self.shards.len(), self.weights.n_heads).len();
            lock(shard).reserve(self.weights.layers.len(), n_heads, capacity);
        }
    }
}

/// One thread's part of the layers in one step.
struct Part<'a> {
    layers: &'a Layers,
    prompt: &'a EncodedPrompt,
    step: &'a Step<'a>,
}

impl Part<'_> {
    fn weights(&self) -> &DecoderWeights {
        &self.layers.weights
    }

    /// The heads of a shard.
    fn heads(&self, shard: usize) -> Range<usize> {
        self.step.shared.split(shard, self.weights().n_heads)
    }

    /// Attention to the completion's tokens so far, added to the residual stream.
    fn self_attention(
        &self,
        index: usize,
        layer: &DecoderLayer,
        worker: &mut Worker,
    ) -> Result<(), BarrierAborted> {
        let inner = self.weights().n_heads * HEAD_SIZE;
        self.step.normalize(&layer.attention_norm, layer.qkv.block(), worker);
        for shard in self.step.shards.clone() {
            let heads = self.heads(shard);
            let mut state = lock(&self.layers.shards[shard]);
            for part in 0..3 {
                let columns = columns(part * inner, &heads);
                let out = &mut state.projected[part];
                self.step.project(&layer.qkv, &columns, &worker.rows, out);
            }
            state.append(index, self.step.input.past);
            let [queries, ..] = &state.projected;
            self.attend(shard, queries, worker, |head, row, scores| {
                let n_keys = self.step.input.past + row + 1;
                scores.extend(self.biases(heads.start + head, n_keys).iter().rev());
                state.cached(index, head)
            });
        }
        self.step.output(&layer.o, worker)
    }

    /// Attention to the prompt, added to the residual stream.
    fn cross_attention(
        &self,
        index: usize,
        layer: &DecoderLayer,
        worker: &mut Worker,
    ) -> Result<(), BarrierAborted> {
        self.step.normalize(&layer.cross_norm, layer.cross_q.block(), worker);
        let EncodedPrompt { n_tokens, tensors } = self.prompt;
        let n_layers = self.weights().layers.len();
        for shard in self.step.shards.clone() {
            let heads = self.heads(shard);
            let queries = &mut lock(&self.layers.shards[shard]).projected[0];
            self.step.project(&layer.cross_q, &columns(0, &heads), &worker.rows, queries);
            self.attend(shard, queries, worker, |head, _, scores| {
                scores.resize(*n_tokens, 0.0);
                let place = (heads.start + head) * n_tokens * HEAD_SIZE;
                [index, n_layers + index].map(|tensor| &tensors[tensor][place..])
            });
        }
        self.step.output(&layer.cross_o, worker)
    }

    /// The feed-forward part of a layer, added to the residual stream.
    fn feed_forward(
        &self,
        layer: &DecoderLayer,
        worker: &mut Worker,
    ) -> Result<(), BarrierAborted> {
        self.step.normalize(&layer.feed_forward_norm, layer.wi.block(), worker);
        self.step.multiply(&layer.wi, worker, |hidden| {
            hidden.iter_mut().for_each(|value| *value = value.max(0.0));
        });
        self.step.output(&layer.wo, worker)
    }

    /// The position biases of a head for the last `n` keys, the nearest key first.
    fn biases(&self, head: usize, n: usize) -> &[f32] {
        &self.weights().bias[head * self.weights().max_len()..][..n]
    }

    /// Attends from the queries of a shard's heads, and publishes the sums at the next barrier.
    /// `context` returns the keys and values for a head of the shard and a row, and pushes one
    /// position bias for each key.
    pub(crate) fn attend<'c>(
        &self,
        shard: usize,
        queries: &[f32],
        worker: &mut Worker,
        context: impl Fn(usize, usize, &mut Vec<f32>) -> [&'c [f32]; 2],
    ) {
        let mut part = write(&self.step.shared.products[shard][worker.write_buffer()]);
        let n_heads = self.heads(shard).len();
        part.resize(queries.len(), 0.0);
        let heads = queries.chunks_exact(HEAD_SIZE).zip(part.chunks_exact_mut(HEAD_SIZE));
        for (index, (query, attended)) in heads.enumerate() {
            worker.scores.clear();
            let context = context(index % n_heads, index / n_heads, &mut worker.scores);
            attend(self.step.shared.kernels, query, context, &mut worker.scores, attended);
        }
    }
}

/// The columns of a projection to some heads, if those of all heads begin at column `first`.
fn columns(first: usize, heads: &Range<usize>) -> Range<usize> {
    first + heads.start * HEAD_SIZE..first + heads.end * HEAD_SIZE
}
