//! One thread's part of a decoder step: some heads of every attention, some columns of every
//! matrix.
//!
//! The parts are fixed when the model is opened, as shards. A thread computes its own shard, or all
//! of them if it runs alone. After each product the threads wait at a barrier and read the parts of
//! the others. Every thread computes for itself what is small: norms, the quantization of
//! activations, the residual stream.

use std::ops::Range;

use super::input::{DecodeOutput, EncodedPrompt, Input};
use super::shared::Shared;
use super::weights::DecoderLayer;
use super::worker::Worker;
use crate::attention::single_query::attend;
use crate::kernels::HEAD_SIZE;
use crate::threads::barrier_pool::Barrier;
use crate::threads::locks::{lock, read, write};
use crate::weights::block_matrix::BlockMatrix;

/// Computes the part of a step of the thread with index `thread`, or the whole step if there is no
/// barrier.
pub(super) fn run_step(shared: &Shared, thread: usize, barrier: Option<&Barrier>) {
    let mut worker = lock(&shared.workers[thread]);
    let (input, prompt) = (read(&shared.input), read(&shared.prompt));
    let shards = if barrier.is_some() { thread..thread + 1 } else { 0..shared.n_threads };
    let step = Step { shared, shards, barrier, input: &input, prompt: &prompt };
    // An aborted step has no result; the thread pool reports it to the caller.
    let _aborted = step.run(&mut worker);
}

/// One thread's part of one step.
struct Step<'a> {
    shared: &'a Shared,
    /// The shards that this thread computes: one, or all if it runs alone.
    shards: Range<usize>,
    /// `None` if the thread runs alone.
    barrier: Option<&'a Barrier>,
    input: &'a Input,
    prompt: &'a EncodedPrompt,
}

/// Another thread has panicked, so its part of a product will never come.
struct BarrierAborted;

impl Step<'_> {
    /// Computes the part. The logits, if wanted, are in the double buffers afterwards, and the best
    /// tokens in the worker.
    fn run(&self, worker: &mut Worker) -> Result<(), BarrierAborted> {
        worker.n_exchanges = 0;
        let weights = &self.shared.weights;
        weights.embedding.look_up_all(&self.input.ids, &mut worker.stream);
        for (index, layer) in weights.layers.iter().enumerate() {
            self.self_attention(index, layer, worker)?;
            self.cross_attention(index, layer, worker)?;
            self.feed_forward(layer, worker)?;
        }
        match self.input.output {
            DecodeOutput::Nothing => Ok(()),
            DecodeOutput::Best(n) => self.arg_max(n, worker),
            DecodeOutput::Logits(n) => self.logits(n, worker),
        }
    }

    /// Computes this thread's columns of the logits after the last `n` tokens, and publishes them
    /// at the step's last barrier.
    fn logits(&self, n: usize, worker: &mut Worker) -> Result<(), BarrierAborted> {
        self.keep_last(n, worker);
        let head = &self.shared.weights.head.matrix;
        self.normalize(&self.shared.weights.final_norm, head.block, worker);
        self.multiply(head, worker, |_| {});
        self.wait(worker)
    }

    /// Finds the best token of this thread's share of the vocabulary after each of the last `n`
    /// tokens.
    fn arg_max(&self, n: usize, worker: &mut Worker) -> Result<(), BarrierAborted> {
        self.keep_last(n, worker);
        let weights = &self.shared.weights;
        self.normalize(&weights.final_norm, weights.head.matrix.block, worker);
        let [first, last] = [self.shards.start, self.shards.end - 1]
            .map(|shard| self.shared.columns(shard, &weights.head.matrix));
        let Worker { arg_max, whole, rows, .. } = worker;
        let (kernels, head) = (self.shared.kernels, (&weights.head, &weights.memory));
        arg_max.search(kernels, head, (whole, rows), first.start..last.end);
        self.wait(worker)
    }

    /// Drops all but the last `n` tokens from the residual stream.
    fn keep_last(&self, n: usize, worker: &mut Worker) {
        worker.stream.drain(..worker.stream.len() - n * self.shared.weights.d_model);
    }

    /// Attention to the completion's tokens so far, added to the residual stream.
    fn self_attention(
        &self,
        index: usize,
        layer: &DecoderLayer,
        worker: &mut Worker,
    ) -> Result<(), BarrierAborted> {
        let inner = self.shared.weights.n_heads * HEAD_SIZE;
        self.normalize(&layer.attention_norm, layer.qkv.block, worker);
        for shard in self.shards.clone() {
            let heads = self.shared.heads(shard);
            let mut state = lock(&self.shared.shards[shard]);
            for part in 0..3 {
                self.project(&layer.qkv, part * inner, &heads, worker, &mut state.projected[part]);
            }
            state.append(index, self.input.past);
            let [queries, ..] = &state.projected;
            self.attend(shard, queries, worker, |head, row, scores| {
                let n_keys = self.input.past + row + 1;
                scores.extend(self.biases(heads.start + head, n_keys).iter().rev());
                state.cached(index, head)
            });
        }
        self.output(&layer.o, worker)
    }

    /// Attention to the prompt, added to the residual stream.
    fn cross_attention(
        &self,
        index: usize,
        layer: &DecoderLayer,
        worker: &mut Worker,
    ) -> Result<(), BarrierAborted> {
        self.normalize(&layer.cross_norm, layer.cross_q.block, worker);
        let EncodedPrompt { n_tokens, tensors } = self.prompt;
        let n_layers = self.shared.weights.layers.len();
        for shard in self.shards.clone() {
            let heads = self.shared.heads(shard);
            let queries = &mut lock(&self.shared.shards[shard]).projected[0];
            self.project(&layer.cross_q, 0, &heads, worker, queries);
            self.attend(shard, queries, worker, |head, _, scores| {
                scores.resize(*n_tokens, 0.0);
                let place = (heads.start + head) * n_tokens * HEAD_SIZE;
                [index, n_layers + index].map(|tensor| &tensors[tensor][place..])
            });
        }
        self.output(&layer.cross_o, worker)
    }

    /// The feed-forward part of a layer, added to the residual stream.
    fn feed_forward(
        &self,
        layer: &DecoderLayer,
        worker: &mut Worker,
    ) -> Result<(), BarrierAborted> {
        self.normalize(&layer.feed_forward_norm, layer.wi.block, worker);
        self.multiply(&layer.wi, worker, |hidden| {
            hidden.iter_mut().for_each(|value| *value = value.max(0.0));
        });
        self.output(&layer.wo, worker)
    }

    /// Normalizes the residual stream and quantizes it to the worker's rows, in blocks of `block`.
    fn normalize(&self, weight: &[f32], block: usize, worker: &mut Worker) {
        let Worker { stream, whole, rows, .. } = worker;
        let width = weight.len();
        whole.resize(stream.len(), 0.0);
        for (row, normed) in stream.chunks_exact(width).zip(whole.chunks_exact_mut(width)) {
            self.shared.kernels.normalize(row, weight, self.shared.weights.epsilon, normed);
        }
        rows.quantize(self.shared.kernels, whole, width, block);
    }

    /// Multiplies the worker's rows with the columns of some heads, into `out`,
    /// `[n, n_heads * 64]`. The columns of all heads begin at column `first` of the matrix.
    fn project(
        &self,
        matrix: &BlockMatrix,
        first: usize,
        heads: &Range<usize>,
        worker: &Worker,
        out: &mut Vec<f32>,
    ) {
        let width = heads.len() * HEAD_SIZE;
        let columns = first + heads.start * HEAD_SIZE..first + heads.end * HEAD_SIZE;
        let panels = matrix.panels(&self.shared.weights.memory, &columns);
        out.resize(worker.rows.len() * width, 0.0);
        self.shared.kernels.multiply_rows(&worker.rows, panels, (out, width));
    }

    /// Multiplies the worker's rows with this thread's columns of a matrix, applies `finish` to the
    /// products, and publishes them at the next barrier.
    fn multiply(&self, matrix: &BlockMatrix, worker: &Worker, finish: impl Fn(&mut [f32])) {
        for shard in self.shards.clone() {
            let columns = self.shared.columns(shard, matrix);
            let mut part = write(&self.shared.products[shard][worker.write_buffer()]);
            part.resize(worker.rows.len() * columns.len(), 0.0);
            let (memory, width) = (&self.shared.weights.memory, columns.len());
            let panels = matrix.panels(memory, &columns);
            self.shared.kernels.multiply_rows(&worker.rows, panels, (&mut part, width));
            finish(&mut part);
        }
    }

    /// Attends from the queries of a shard's heads, and publishes the sums at the next barrier.
    /// `context` returns the keys and values for a head of the shard and a row, and pushes one
    /// position bias for each key.
    fn attend<'c>(
        &self,
        shard: usize,
        queries: &[f32],
        worker: &mut Worker,
        context: impl Fn(usize, usize, &mut Vec<f32>) -> [&'c [f32]; 2],
    ) {
        let mut part = write(&self.shared.products[shard][worker.write_buffer()]);
        let n_heads = self.shared.heads(shard).len();
        part.resize(queries.len(), 0.0);
        let heads = queries.chunks_exact(HEAD_SIZE).zip(part.chunks_exact_mut(HEAD_SIZE));
        for (index, (query, attended)) in heads.enumerate() {
            worker.scores.clear();
            let context = context(index % n_heads, index / n_heads, &mut worker.scores);
            attend(self.shared.kernels, query, context, &mut worker.scores, attended);
        }
    }

    /// The position biases of a head for the last `n` keys, the nearest key first.
    fn biases(&self, head: usize, n: usize) -> &[f32] {
        &self.shared.weights.bias[head * self.shared.weights.max_len()..][..n]
    }

    /// Multiplies the product of the next barrier with `matrix`, and adds the result to the
    /// residual stream.
    fn output(&self, matrix: &BlockMatrix, worker: &mut Worker) -> Result<(), BarrierAborted> {
        self.gather(matrix.k, worker)?;
        worker.rows.quantize(self.shared.kernels, &worker.whole, matrix.k, matrix.block);
        self.multiply(matrix, worker, |_| {});
        self.gather(matrix.n, worker)?;
        for (value, change) in worker.stream.iter_mut().zip(&worker.whole) {
            *value += change;
        }
        Ok(())
    }

    /// Waits for the other threads and puts the parts of a product together, `[n, width]`.
    fn gather(&self, width: usize, worker: &mut Worker) -> Result<(), BarrierAborted> {
        self.wait(worker)?;
        let n_rows = self.input.ids.len();
        worker.whole.resize(n_rows * width, 0.0);
        self.shared.gather(worker.read_buffer(), n_rows, &mut worker.whole);
        Ok(())
    }

    /// Waits until all threads have published their parts.
    fn wait(&self, worker: &mut Worker) -> Result<(), BarrierAborted> {
        worker.n_exchanges += 1;
        let is_complete = self.barrier.is_none_or(|barrier| barrier.wait(&mut worker.n_waits));
        if is_complete { Ok(()) } else { Err(BarrierAborted) }
    }
}
