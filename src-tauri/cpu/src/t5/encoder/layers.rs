//! A block of the prompt on its way through the layers.
//!
//! Only attention looks at other blocks, and only at their keys and values. So a pass takes a block from one attention
//! to the next: out of a layer's attention, through its feed-forward part, to the next layer's queries, keys and
//! values. The blocks wait for one another once a layer.

use crate::attention::{Attention, AttentionScratch, panel_len, store_keys, store_values};
use crate::blocks::{Context, Panels, Tokens};
use crate::kernels::{Epilogue, HEAD_SIZE, Kernels};
use crate::linear::Linear;
use crate::rows::QuantizedRows;
use crate::weights::{Layer, Weights};

/// Room that a thread works in.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    rows: QuantizedRows,
    normed: Vec<f32>,
    projected: Vec<f32>,
    attention: AttentionScratch,
}

/// What all blocks have in common.
#[derive(Clone, Copy)]
pub(crate) struct Stack<'a> {
    pub(crate) kernels: Kernels,
    pub(crate) weights: &'a Weights,
    pub(crate) n_tokens: usize,
}

impl Stack<'_> {
    /// Queries, keys and values of a layer.
    pub(crate) fn begin_layer(
        &self,
        layer: &Layer,
        tokens: &mut Tokens,
        panels: &mut Panels,
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

    /// The rest of a layer, whose keys and values are all there, for a block whose first token is `first`.
    pub(crate) fn finish_layer(
        &self,
        layer: &Layer,
        context: &Context<'_>,
        first: usize,
        tokens: &mut Tokens,
        scratch: &mut Scratch,
    ) {
        self.attend(context, first, &tokens.queries, scratch);
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

    /// What the decoder looks at: the keys, then the values, of each of its layers, by head. `outputs` has for every
    /// projection every head's rows, `[n, 64]`.
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

    /// Leaves the normed rows, rounded, in the scratch.
    fn normalize(&self, stream: &[f32], weight: &[f32], scratch: &mut Scratch) {
        let width = self.weights.d_model;
        scratch.normed.resize(stream.len(), 0.0);
        let rows = stream.chunks_exact(width).zip(scratch.normed.chunks_exact_mut(width));
        for (row, normed) in rows {
            self.kernels.normalize(row, weight, self.weights.epsilon, normed);
        }
        scratch.rows.quantize(self.kernels, &scratch.normed, width);
    }

    /// Leaves the layer's products with the scratch's rows in the scratch.
    fn project(&self, linear: &Linear, scratch: &mut Scratch) {
        scratch.projected.resize(scratch.rows.len() * linear.n(), 0.0);
        let out = (scratch.projected.as_mut_slice(), linear.n(), 0);
        linear.apply(self.kernels, &scratch.rows, out, Epilogue::Store);
    }

    /// Leaves what a block's tokens, the first of which is `first`, have attended to in the scratch.
    fn attend(&self, context: &Context<'_>, first: usize, queries: &[f32], scratch: &mut Scratch) {
        let Self { kernels, weights, n_tokens } = *self;
        let n_heads = weights.n_heads;
        let len = n_heads * panel_len(kernels);
        let (keys, values) = (context.keys(len), context.values(len));
        let attention = Attention {
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
