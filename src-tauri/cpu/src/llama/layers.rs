//! The layers of a decoder-only model, for one thread's part of a step.

use std::sync::Mutex;

use super::attention_shard::AttentionShard;
use super::weights::{LlamaLayer, LlamaWeights};
use crate::decoder::network::Network;
use crate::decoder::step::{BarrierAborted, Step};
use crate::decoder::worker::Worker;
use crate::threads::locks::{lock, write};

/// All layers of a model.
pub(super) struct Layers {
    pub(super) weights: LlamaWeights,
    /// One for each shard.
    pub(super) shards: Vec<Mutex<AttentionShard>>,
}

impl Network for Layers {
    fn run(&self, step: &Step<'_>, worker: &mut Worker) -> Result<(), BarrierAborted> {
        let n_layers = self.weights.layers.len();
        for (index, layer) in self.weights.layers.iter().enumerate() {
            // Behind the last keys and values, only tokens with an output matter.
            let is_last = index + 1 == n_layers;
            let n_rows = if is_last { step.input.output.n_tokens() } else { step.input.ids.len() };
            self.attention((index, layer), n_rows, step, worker);
            if n_rows == 0 {
                return step.wait(worker);
            }
            step.keep_last(n_rows, worker);
            step.output(&layer.o, worker)?;
            self.feed_forward(layer, step, worker)?;
        }
        Ok(())
    }

    fn max_len(&self) -> usize {
        self.weights.rotation.max_len()
    }

    fn reserve(&self, capacity: usize) {
        for shard in &self.shards {
            lock(shard).reserve(self.weights.layers.len(), capacity);
        }
    }
}

impl Layers {
    /// Appends the tokens to the cache of a layer, attends from the last `n_rows` of them, and
    /// publishes the sums at the next barrier.
    fn attention(
        &self,
        layer: (usize, &LlamaLayer),
        n_rows: usize,
        step: &Step<'_>,
        worker: &mut Worker,
    ) {
        step.normalize(&layer.1.attention_norm, layer.1.q.matrix.block(), worker);
        for shard in step.shards.clone() {
            let mut state = lock(&self.shards[shard]);
            state.append(layer, &self.weights, step, worker);
            if n_rows > 0 {
                let part = &mut write(&step.shared.products[shard][worker.write_buffer()]);
                state.attend(layer, &self.weights, (step, worker), n_rows, part);
            }
        }
    }

    /// The feed-forward part of a layer, added to the residual stream.
    fn feed_forward(
        &self,
        layer: &LlamaLayer,
        step: &Step<'_>,
        worker: &mut Worker,
    ) -> Result<(), BarrierAborted> {
        step.normalize(&layer.feed_forward_norm, layer.gate.block(), worker);
        step.multiply(&layer.gate, worker, |_| {});
        step.quantize_for(&layer.up, worker);
        for shard in step.shards.clone() {
            let part = &mut write(&step.shared.products[shard][worker.write_buffer()]);
            step.multiply_shard(shard, &layer.up, &worker.rows, &mut worker.second);
            step.shared.kernels.gate(part, &worker.second);
        }
        step.output(&layer.down, worker)
    }
}
