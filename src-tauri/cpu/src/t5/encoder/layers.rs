//! The layers of the encoder, for one block of the prompt.
//!
//! Only attention reads other blocks, and only their keys and values. So a phase takes a block from
//! one attention to the next: through a layer's attention and feed-forward part to the queries,
//! keys and values of the next layer. The blocks wait for one another once a layer.

use super::blocks::{KeysAndValues, Tokens};
use super::weights::{EncoderLayer, EncoderWeights};
use crate::attention::key_value_panels::{KeyValuePanels, panel_len, store_keys, store_values};
use crate::attention::prompt_attention::{AttentionScratch, PromptAttention};
use crate::kernels::{Epilogue, HEAD_SIZE, Kernels, QuantizedActivations};
use crate::weights::linear::Linear;

/// Memory that one thread works in.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// The input of the next matrix product.
    rows: QuantizedActivations,
    /// `[n, d_model]`: the output of a norm.
    normed: Vec<f32>,
    /// The output of a matrix product or of attention.
    projected: Vec<f32>,
    attention: AttentionScratch,
}

/// The layers, which are the same for all blocks.
#[derive(Clone, Copy)]
pub(crate) struct Stack<'a> {
    pub(crate) kernels: Kernels,
    pub(crate) weights: &'a EncoderWeights,
    /// Tokens of the prompt.
    pub(crate) n_tokens: usize,
}

impl Stack<'_> {
    /// Computes the queries, keys and values of a layer.
    pub(crate) fn begin_layer(
        &self,
        layer: &EncoderLayer,
        tokens: &mut Tokens,
        panels: &mut KeyValuePanels,
        scratch: &mut Scratch,
    ) {
        let inner = self.weights.n_heads * HEAD_SIZE;
        self.normalize(&tokens.stream, &layer.attention_norm, scratch);
        layer.q.apply(
            self.kernels,
            &scratch.rows,
            (&mut tokens.queries, inner, 0),
            Epilogue::Store,
        );
        self.project(&layer.k, scratch);
        store_keys(self.kernels, &scratch.projected, inner, &mut panels.keys);
        self.project(&layer.v, scratch);
        store_values(self.kernels, &scratch.projected, inner, &mut panels.values);
    }

    /// Computes the rest of a layer, for a block whose first token has position `first`. The keys
    /// and values of all blocks must be there.
    pub(crate) fn finish_layer(
        &self,
        layer: &EncoderLayer,
        keys_and_values: &KeysAndValues<'_>,
        first: usize,
        tokens: &mut Tokens,
        scratch: &mut Scratch,
    ) {
        self.attend(keys_and_values, first, &tokens.queries, scratch);
        let (inner, d_model) = (self.weights.n_heads * HEAD_SIZE, self.weights.d_model);
        scratch.rows.quantize(self.kernels, &scratch.projected, inner);
        layer.o.apply(self.kernels, &scratch.rows, (&mut tokens.stream, d_model, 0), Epilogue::Add);
        self.normalize(&tokens.stream, &layer.feed_forward_norm, scratch);
        let d_ff = layer.wi.n();
        scratch.projected.resize(scratch.rows.len() * d_ff, 0.0);
        let hidden = (scratch.projected.as_mut_slice(), d_ff, 0);
        layer.wi.apply(self.kernels, &scratch.rows, hidden, Epilogue::Relu);
        scratch.rows.quantize(self.kernels, &scratch.projected, d_ff);
        layer.wo.apply(
            self.kernels,
            &scratch.rows,
            (&mut tokens.stream, d_model, 0),
            Epilogue::Add,
        );
    }

    /// Computes the keys, then the values, of each decoder layer's cross-attention.
    /// `outputs[projection][head]` is `[n, 64]`.
    pub(crate) fn finish(
        &self,
        tokens: &Tokens,
        outputs: &mut [Vec<&mut [f32]>],
        scratch: &mut Scratch,
    ) {
        let inner = self.weights.n_heads * HEAD_SIZE;
        self.normalize(&tokens.stream, &self.weights.final_norm, scratch);
        for (linear, heads) in self.weights.cross.iter().zip(outputs) {
            self.project(linear, scratch);
            for (row, projected) in scratch.projected.chunks_exact(inner).enumerate() {
                for (head, out) in projected.chunks_exact(HEAD_SIZE).zip(heads.iter_mut()) {
                    out[row * HEAD_SIZE..][..HEAD_SIZE].copy_from_slice(head);
                }
            }
        }
    }

    /// Normalizes the residual stream and quantizes it to `scratch.rows`.
    fn normalize(&self, stream: &[f32], weight: &[f32], scratch: &mut Scratch) {
        let width = self.weights.d_model;
        scratch.normed.resize(stream.len(), 0.0);
        let rows = stream.chunks_exact(width).zip(scratch.normed.chunks_exact_mut(width));
        for (row, normed) in rows {
            self.kernels.normalize(row, weight, self.weights.epsilon, normed);
        }
        scratch.rows.quantize(self.kernels, &scratch.normed, width);
    }

    /// Multiplies `scratch.rows` with a layer's weights, into `scratch.projected`.
    fn project(&self, linear: &Linear, scratch: &mut Scratch) {
        scratch.projected.resize(scratch.rows.len() * linear.n(), 0.0);
        let out = (scratch.projected.as_mut_slice(), linear.n(), 0);
        linear.apply(self.kernels, &scratch.rows, out, Epilogue::Store);
    }

    /// Attends from the queries of a block whose first token has position `first`, into
    /// `scratch.projected`.
    fn attend(
        &self,
        keys_and_values: &KeysAndValues<'_>,
        first: usize,
        queries: &[f32],
        scratch: &mut Scratch,
    ) {
        let Self { kernels, weights, n_tokens } = *self;
        let n_heads = weights.n_heads;
        let len = n_heads * panel_len(kernels);
        let (keys, values) = (keys_and_values.keys(len), keys_and_values.values(len));
        let attention = PromptAttention {
            kernels,
            bias: &weights.bias,
            keys: &keys,
            values: &values,
            n_tokens,
            n_heads,
        };
        scratch.projected.resize(queries.len(), 0.0);
        attention.attend(queries, first, &mut scratch.projected, &mut scratch.attention);
    }
}
