//! [`AttentionShard`]: some heads of every layer's attention.

use std::ops::Range;

use super::weights::{LlamaLayer, LlamaWeights, Projection};
use crate::attention::causal_attention::{CausalScratch, attend};
use crate::attention::causal_cache::CausalCache;
use crate::decoder::shared::split;
use crate::decoder::step::Step;
use crate::decoder::worker::Worker;

/// Some heads of queries, with the keys and values that they attend to. Heads of keys and values
/// that two shards need are computed and kept by both, so that they need not wait for each other.
/// One thread at a time works on it.
#[derive(Debug)]
pub(crate) struct AttentionShard {
    /// Heads of queries.
    heads: Range<usize>,
    /// Heads of keys and values.
    kv_heads: Range<usize>,
    /// Channels of a head.
    head_size: usize,
    /// One for each layer.
    caches: Vec<CausalCache>,
    /// `[n, n_heads * head_size]`: queries, keys or values of the step's tokens.
    projected: Vec<f32>,
    /// `[n * n_heads, head_size]`: the queries that attend to one head of keys, token by token.
    queries: Vec<f32>,
    /// The weighted values for `queries`.
    attended: Vec<f32>,
    scratch: CausalScratch,
}

impl AttentionShard {
    /// One of `n_shards` shards, without room in its caches.
    pub(crate) fn new(shard: usize, n_shards: usize, weights: &LlamaWeights) -> Self {
        let heads = split(shard, n_shards, weights.n_heads);
        let group = weights.n_heads / weights.n_kv_heads;
        Self {
            kv_heads: heads.start / group..heads.end.div_ceil(group),
            heads,
            head_size: weights.head_size(),
            caches: Vec::new(),
            projected: Vec::new(),
            queries: Vec::new(),
            attended: Vec::new(),
            scratch: CausalScratch::default(),
        }
    }

    /// Allocates empty caches for `capacity` tokens.
    pub(crate) fn reserve(&mut self, n_layers: usize, capacity: usize) {
        let cache = || CausalCache::new(self.kv_heads.len(), self.head_size, capacity);
        self.caches = std::iter::repeat_with(cache).take(n_layers).collect();
    }

    /// Computes the keys and values of the step's tokens in the layer of this index, and appends
    /// them to its cache.
    pub(crate) fn append(
        &mut self,
        (index, layer): (usize, &LlamaLayer),
        weights: &LlamaWeights,
        step: &Step<'_>,
        worker: &mut Worker,
    ) {
        let (heads, past) = (self.kv_heads.clone(), step.input.past);
        project(step, &layer.k, self.columns(&heads), worker, &mut self.projected);
        for (token, row) in
            self.projected.chunks_exact_mut(heads.len() * self.head_size).enumerate()
        {
            for (head, key) in row.chunks_exact_mut(self.head_size).enumerate() {
                weights.rotation.turn(past + token, key);
                self.caches[index].store_key(head, past + token, key);
            }
        }
        project(step, &layer.v, self.columns(&heads), worker, &mut self.projected);
        for (token, row) in self.projected.chunks_exact(heads.len() * self.head_size).enumerate() {
            for (head, value) in row.chunks_exact(self.head_size).enumerate() {
                self.caches[index].store_value(head, past + token, value);
            }
        }
    }

    /// Attends from the step's last `n_rows` tokens in the layer of this index, into `part`,
    /// `[n_rows, n_heads * head_size]`.
    pub(crate) fn attend(
        &mut self,
        (index, layer): (usize, &LlamaLayer),
        weights: &LlamaWeights,
        (step, worker): (&Step<'_>, &mut Worker),
        n_rows: usize,
        part: &mut Vec<f32>,
    ) {
        project(step, &layer.q, self.columns(&self.heads), worker, &mut self.projected);
        let stride = self.heads.len() * self.head_size;
        self.projected.drain(..self.projected.len() - n_rows * stride);
        let end = step.input.past + step.input.ids.len();
        self.turn_queries(weights, end - n_rows);
        part.resize(n_rows * stride, 0.0);
        let panels = self.caches[index].panels(end);
        for kv_head in self.kv_heads.clone() {
            let group = heads_of(weights, kv_head, &self.heads);
            let columns = (group.start - self.heads.start) * self.head_size
                ..(group.end - self.heads.start) * self.head_size;
            self.queries.clear();
            for row in self.projected.chunks_exact(stride) {
                self.queries.extend_from_slice(&row[columns.clone()]);
            }
            self.attended.resize(self.queries.len(), 0.0);
            let n_keys = |row: usize| end - n_rows + row / group.len() + 1;
            let panels = (&panels, kv_head - self.kv_heads.start);
            let (scratch, attended) = (&mut self.scratch, &mut self.attended);
            attend(step.shared.kernels, panels, &self.queries, n_keys, scratch, attended);
            let rows = attended.chunks_exact(columns.len()).zip(part.chunks_exact_mut(stride));
            rows.for_each(|(from, to)| to[columns.clone()].copy_from_slice(from));
        }
    }

    /// The columns of a projection to some heads.
    fn columns(&self, heads: &Range<usize>) -> Range<usize> {
        heads.start * self.head_size..heads.end * self.head_size
    }

    /// Turns and scales the projected queries, the first of which is that of position `first`.
    fn turn_queries(&mut self, weights: &LlamaWeights, first: usize) {
        let rows = self.projected.chunks_exact_mut(self.heads.len() * self.head_size);
        for (position, row) in (first..).zip(rows) {
            for query in row.chunks_exact_mut(self.head_size) {
                weights.rotation.turn(position, query);
                query.iter_mut().for_each(|value| *value *= weights.scale);
            }
        }
    }
}

/// Those of `heads` that attend to one head of keys.
fn heads_of(weights: &LlamaWeights, kv_head: usize, heads: &Range<usize>) -> Range<usize> {
    let group = weights.n_heads / weights.n_kv_heads;
    heads.start.max(kv_head * group)..heads.end.min((kv_head + 1) * group)
}

/// Projects the worker's rows to some heads, with the bias, into `out`, `[n, n_heads * head_size]`.
fn project(
    step: &Step<'_>,
    Projection { matrix, bias }: &Projection,
    columns: Range<usize>,
    worker: &mut Worker,
    out: &mut Vec<f32>,
) {
    step.quantize_for(matrix, worker);
    step.project(matrix, &columns, &worker.rows, out);
    let Some(bias) = bias.get(columns) else { return };
    for row in out.chunks_exact_mut(bias.len()) {
        row.iter_mut().zip(bias).for_each(|(value, bias)| *value += bias);
    }
}
