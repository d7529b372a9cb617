//! `decoder.onnx` of a decoder-only model: reads the prompt and continues it, over a static key-value
//! cache.
//!
//! Inputs: `input_ids` int64 `[1, n]`, `seqlens_k` int32 `[1]` (the length of the sequence with the
//! new tokens, less one), `total_seq_len` int32 scalar (that length), `first_output` int64 `[1]`, and
//! for each layer `past_k_{i}`, `past_v_{i}` float `[1, n_kv_heads, capacity, head_size]`. Outputs:
//! `next_ids` int64 `[1, m]`, `logits` float `[1, m, vocab_size]`, and `present_k_{i}`,
//! `present_v_{i}` of the shape of the past, bound to the buffers of the past.
//!
//! Logits are computed for the new tokens from `first_output` on, so that `m` is `n - first_output`.
//! While a prompt is read none are needed, and with a vocabulary of 150,000 tokens they cost as much
//! as a third of all layers. Without logits the last layer only computes keys and values.

use pounce_model_format::onnx::{ElementType, ModelProto};

use super::config::LlamaConfig;
use super::rotation::Pairs;
use super::tensor_names::{Part, TensorNames};
use crate::error::ConvertError;
use crate::onnx::Dim;
use crate::onnx::graph_builder::GraphBuilder;
use crate::onnx::node::{Node, Value};
use crate::onnx::residual::{Norm, Residual};
use crate::weights::matrix::RowMatrix;
use crate::weights::scheme::RowScheme;
use crate::weights::store::WeightStore;

const N_TOKENS: Dim = Dim::Named("n_tokens");
const N_OUTPUTS: Dim = Dim::Named("n_outputs");
const ONE: Dim = Dim::Fixed(1);

/// Builds the layers of one model.
pub(crate) struct Decoder<'a, 'b> {
    pub(crate) config: &'a LlamaConfig,
    pub(crate) names: &'static TensorNames,
    pub(crate) graph: GraphBuilder,
    pub(crate) store: &'a mut WeightStore<'b>,
    /// How the layers are stored.
    pub(crate) scheme: RowScheme,
    /// The longest sequence, in tokens.
    pub(crate) max_seq_len: usize,
}

/// The inputs that every layer reads.
struct Positions {
    seqlens_k: Value,
    total_seq_len: Value,
    cos: Value,
    sin: Value,
}

impl Decoder<'_, '_> {
    /// Builds the graph around `embedding` and `head`.
    pub(crate) fn build(
        mut self,
        embedding: &RowMatrix,
        head: &RowMatrix,
    ) -> Result<ModelProto, ConvertError> {
        let ids = self.graph.input("input_ids", ElementType::Int64, &[ONE, N_TOKENS]);
        let positions = self.positions()?;
        let first_output = self.graph.input("first_output", ElementType::Int64, &[ONE]);
        let embedded = embedding.look_up(&mut self.graph, &ids);
        let norm = self.norm(&self.names.weight(0, Part::AttentionNorm))?;
        let mut stream = Residual::begin(&mut self.graph, embedded, &norm);
        for layer_idx in 0..self.config.n_layers {
            let mut attended = self.attention(layer_idx, &stream.normed, &positions)?;
            let is_last = layer_idx + 1 == self.config.n_layers;
            if is_last {
                attended = self.outputs_only(&attended, &first_output);
                stream.sum = self.outputs_only(&stream.sum, &first_output);
            }
            stream = self.rest_of_layer(layer_idx, stream, &attended)?;
        }
        self.outputs(head, &stream.normed);
        Ok(self.graph.finish())
    }

    fn positions(&mut self) -> Result<Positions, ConvertError> {
        let seqlens_k = self.graph.input("seqlens_k", ElementType::Int32, &[ONE]);
        let total_seq_len = self.graph.input("total_seq_len", ElementType::Int32, &[]);
        let (half, length) = (self.config.head_size / 2, self.max_seq_len);
        let factors = match self.names.rotation_factors {
            Some(name) if self.store.has(name) => Some(self.store.take(name, &[half])?),
            _ => None,
        };
        let tables = self.config.rotation.tables(2 * half, length, factors.as_deref());
        let [cos, sin] = [self.store.table(&tables.cos)?, self.store.table(&tables.sin)?];
        let dims = [length, half];
        let mut table = |name, bytes| self.graph.external(name, ElementType::Float, &dims, bytes);
        let (cos, sin) = (table("cos", cos), table("sin", sin));
        Ok(Positions { seqlens_k, total_seq_len, cos, sin })
    }

    /// Returns the output of the attention, before the layer's output matrix. Queries, keys and values
    /// are one packed product, which the attention splits.
    fn attention(
        &mut self,
        layer_idx: usize,
        x: &Value,
        positions: &Positions,
    ) -> Result<Value, ConvertError> {
        let qkv = self.packed_projection(layer_idx, x)?;
        let [past_k, past_v] = ["k", "v"].map(|part| {
            let dims = self.cache_dims();
            let name = format!("past_{part}_{layer_idx}");
            self.graph.input(&name, ElementType::Float, &dims)
        });
        let config = self.config;
        let attention = Node::microsoft("GroupQueryAttention")
            .input(&qkv)
            .without(2)
            .inputs([&past_k, &past_v, &positions.seqlens_k, &positions.total_seq_len])
            .inputs([&positions.cos, &positions.sin])
            .size("num_heads", config.n_heads)
            .size("kv_num_heads", config.n_kv_heads)
            .int("do_rotary", 1)
            .int("rotary_interleaved", i64::from(config.rotation.pairs == Pairs::Neighbours))
            .float("scale", (config.head_size as f32).sqrt().recip());
        let attended = format!("attended_{layer_idx}");
        let [k, v] = ["k", "v"].map(|part| format!("present_{part}_{layer_idx}"));
        self.graph.add_outputs(attention, &[&attended, &k, &v]);
        Ok(self.graph.value(&attended))
    }

    fn packed_projection(&mut self, layer_idx: usize, x: &Value) -> Result<Value, ConvertError> {
        let config = self.config;
        let (heads, kv_heads) =
            (config.n_heads * config.head_size, config.n_kv_heads * config.head_size);
        let parts = [(Part::Query, heads), (Part::Key, kv_heads), (Part::Value, kv_heads)];
        let weights = parts.map(|(part, rows)| (self.names.weight(layer_idx, part), rows));
        let weights = weights.each_ref().map(|(name, rows)| (name.as_str(), *rows));
        let name = format!("layer_{layer_idx}.qkv");
        let packed = self.store.stacked_parts(&name, &weights, config.d_model, self.scheme)?;
        let biases = parts.map(|(part, rows)| (self.names.bias(layer_idx, part), rows));
        let bias = self.bias(&name, &biases)?;
        Ok(packed.apply(&mut self.graph, x, bias.as_ref()))
    }

    /// Returns several biases as one, `None` if the checkpoint has none of them.
    fn bias(
        &mut self,
        name: &str,
        parts: &[(String, usize)],
    ) -> Result<Option<Value>, ConvertError> {
        if !parts.iter().any(|(part, _)| self.store.has(part)) {
            return Ok(None);
        }
        let mut biases = Vec::new();
        for (part, rows) in parts {
            biases.extend(self.store.take(part, &[*rows])?);
        }
        let name = format!("{name}.bias");
        Ok(Some(self.graph.constant_f32(&name, &biases, &[biases.len()])))
    }

    /// Applies a linear layer, with a bias if the checkpoint has one.
    fn linear(
        &mut self,
        layer_idx: usize,
        part: Part,
        shape: [usize; 2],
        x: &Value,
    ) -> Result<Value, ConvertError> {
        let name = self.names.weight(layer_idx, part);
        let matrix = self.store.rows(&name, shape, self.scheme)?;
        let bias = self.bias(&name, &[(self.names.bias(layer_idx, part), shape[0])])?;
        Ok(matrix.apply(&mut self.graph, x, bias.as_ref()))
    }

    /// Builds a layer after its attention. Returns the stream before the next layer.
    fn rest_of_layer(
        &mut self,
        layer_idx: usize,
        stream: Residual,
        attended: &Value,
    ) -> Result<Residual, ConvertError> {
        let LlamaConfig { d_model, d_ff, n_heads, head_size, n_layers, .. } = *self.config;
        let shape = [d_model, n_heads * head_size];
        let output = self.linear(layer_idx, Part::AttentionOutput, shape, attended)?;
        let norm = self.norm(&self.names.weight(layer_idx, Part::FeedForwardNorm))?;
        let stream = stream.add(&mut self.graph, &output, &norm);
        let gate = self.linear(layer_idx, Part::Gate, [d_ff, d_model], &stream.normed)?;
        // `x * sigmoid(x)`, which is SiLU, in one operator.
        let gate = self.graph.add(Node::microsoft("QuickGelu").input(&gate).float("alpha", 1.0));
        let up = self.linear(layer_idx, Part::Up, [d_ff, d_model], &stream.normed)?;
        let hidden = self.graph.add(Node::standard("Mul").inputs([&gate, &up]));
        let output = self.linear(layer_idx, Part::Down, [d_model, d_ff], &hidden)?;
        let next = if layer_idx + 1 < n_layers {
            self.names.weight(layer_idx + 1, Part::AttentionNorm)
        } else {
            self.names.last_norm.to_owned()
        };
        let norm = self.norm(&next)?;
        Ok(stream.add(&mut self.graph, &output, &norm))
    }

    fn norm(&mut self, name: &str) -> Result<Norm, ConvertError> {
        let LlamaConfig { d_model, norm_epsilon: epsilon, .. } = *self.config;
        let weight = self.store.take(name, &[d_model])?;
        let weight = self.graph.constant_f32(name, &weight, &[d_model]);
        Ok(Norm { name: name.to_owned(), weight, epsilon })
    }

    /// Returns the rows of `[1, n, width]` from `first_output` on.
    fn outputs_only(&mut self, x: &Value, first_output: &Value) -> Value {
        let end = self.graph.constant_i64("end", &[i64::MAX], &[1]);
        let axis = self.graph.constant_i64("axis_1", &[1], &[1]);
        self.graph.add(Node::standard("Slice").inputs([x, first_output, &end, &axis]))
    }

    fn outputs(&mut self, head: &RowMatrix, x: &Value) {
        let node = head.multiply(&mut self.graph, x);
        let logits = self.graph.add_as(node, "logits");
        let arg_max = Node::standard("ArgMax").input(&logits).int("axis", -1).int("keepdims", 0);
        self.graph.add_as(arg_max, "next_ids");
        self.graph.output("next_ids", ElementType::Int64, &[ONE, N_OUTPUTS]);
        self.graph.output("logits", ElementType::Float, &[ONE, N_OUTPUTS, Dim::Fixed(head.n)]);
        for layer_idx in 0..self.config.n_layers {
            for part in ["k", "v"] {
                let dims = self.cache_dims();
                let name = format!("present_{part}_{layer_idx}");
                self.graph.output(&name, ElementType::Float, &dims);
            }
        }
    }

    fn cache_dims(&self) -> [Dim; 4] {
        let LlamaConfig { n_kv_heads, head_size, .. } = *self.config;
        [ONE, Dim::Fixed(n_kv_heads), Dim::Named("capacity"), Dim::Fixed(head_size)]
    }
}
