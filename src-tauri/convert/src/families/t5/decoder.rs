//! `decoder.onnx`: runs one token, or several drafted ones, over a static key-value cache.
//!
//! Inputs: `input_ids` int64 `[1, n]`, `seqlens_k` int32 `[1]` (the length of the sequence with the
//! new tokens, less one), `total_seq_len` int32 scalar (that length), and for each layer `past_k_{i}`,
//! `past_v_{i}` float `[1, n_kv_heads, capacity, head_size]`, and `cross_k_{i}`, `cross_v_{i}` from
//! the encoder. Outputs: `next_ids` int64 `[1, n]`, `logits` float `[1, n, vocab_size]`, and
//! `present_k_{i}`, `present_v_{i}` of the shape of the past. They are bound to the buffers of the
//! past, so that the cache is updated in place and never copied.

use pounce_model_format::onnx::{ElementType, ModelProto};

use super::config::T5Config;
use super::layers::{Sign, Stack};
use super::tensor_names::RELATIVE_BIAS;
use crate::error::ConvertError;
use crate::onnx::Dim;
use crate::onnx::graph_builder::GraphBuilder;
use crate::onnx::node::{Node, Value};
use crate::weights::matrix::RowMatrix;
use crate::weights::scheme::{RowScheme, Scheme};
use crate::weights::store::WeightStore;

const N_TOKENS: Dim = Dim::Named("n_tokens");
const ONE: Dim = Dim::Fixed(1);

/// Embedding and head, which may be the same matrix.
pub(crate) struct Vocabulary<'a> {
    pub(crate) embedding: &'a RowMatrix,
    pub(crate) head: &'a RowMatrix,
}

/// Builds the graph for sequences of up to `max_seq_len` tokens.
pub(crate) fn build(
    config: &T5Config,
    store: &mut WeightStore<'_>,
    vocabulary: &Vocabulary<'_>,
    scheme: RowScheme,
    max_seq_len: usize,
) -> Result<ModelProto, ConvertError> {
    let mut graph = GraphBuilder::new("decoder");
    let ids = graph.input("input_ids", ElementType::Int64, &[ONE, N_TOKENS]);
    let seqlens_k = graph.input("seqlens_k", ElementType::Int32, &[ONE]);
    let total_seq_len = graph.input("total_seq_len", ElementType::Int32, &[]);
    let stack = Stack { config, graph, store, scheme: Scheme::Rows(scheme) };
    Decoder { stack, scheme, ids, seqlens_k, total_seq_len, max_seq_len }.build(vocabulary)
}

struct Decoder<'a, 'b> {
    stack: Stack<'a, 'b>,
    scheme: RowScheme,
    ids: Value,
    seqlens_k: Value,
    total_seq_len: Value,
    max_seq_len: usize,
}

impl Decoder<'_, '_> {
    fn build(mut self, vocabulary: &Vocabulary<'_>) -> Result<ModelProto, ConvertError> {
        let bias = self.position_bias()?;
        let embedded = vocabulary.embedding.look_up(&mut self.stack.graph, &self.ids);
        let mut stream = self.stack.begin(embedded, "decoder.block.0.layer.0.layer_norm.weight")?;
        let config = self.stack.config;
        for layer_idx in 0..config.n_decoder_layers {
            let block = format!("decoder.block.{layer_idx}");
            let norm = |layer| format!("{block}.layer.{layer}.layer_norm.weight");
            let output = self.self_attention(layer_idx, &stream.normed, &bias)?;
            stream = self.stack.add(stream, &output, &norm(1))?;
            let output = self.cross_attention(layer_idx, &stream.normed)?;
            stream = self.stack.add(stream, &output, &norm(2))?;
            let output = self.stack.feed_forward(&format!("{block}.layer.2"), &stream.normed)?;
            let (norm, scale) = next_norm(layer_idx, config);
            stream = self.stack.add_scaled(stream, &output, &norm, scale)?;
        }
        self.outputs(vocabulary.head, &stream.normed);
        Ok(self.stack.graph.finish())
    }

    fn outputs(&mut self, head: &RowMatrix, x: &Value) {
        let graph = &mut self.stack.graph;
        let node = head.multiply(graph, x);
        let logits = graph.add_as(node, "logits");
        let arg_max = Node::standard("ArgMax").input(&logits).int("axis", -1).int("keepdims", 0);
        graph.add_as(arg_max, "next_ids");
        graph.output("next_ids", ElementType::Int64, &[ONE, N_TOKENS]);
        graph.output("logits", ElementType::Float, &[ONE, N_TOKENS, Dim::Fixed(head.n)]);
        for layer_idx in 0..self.stack.config.n_decoder_layers {
            for part in ["k", "v"] {
                let name = format!("present_{part}_{layer_idx}");
                let dims = self.cache_dims("capacity");
                self.stack.graph.output(&name, ElementType::Float, &dims);
            }
        }
    }

    /// Returns the bias of all layers, `[1, n_heads, n_tokens, total_seq_len]`. Later positions have
    /// the bias of distance 0, and the attention masks them.
    fn position_bias(&mut self) -> Result<Value, ConvertError> {
        let name = format!("decoder.block.0.{RELATIVE_BIAS}");
        let bias = self.stack.take_position_bias(&name)?;
        let cast = Node::standard("Cast").input(&self.total_seq_len);
        let total = self.stack.graph.add(cast.int("to", ElementType::Int64 as i64));
        let n_tokens = self.stack.length(&self.ids);
        let past = self.stack.graph.add(Node::standard("Sub").inputs([&total, &n_tokens]));
        let zero = self.stack.graph.constant_i64("zero", &[0], &[]);
        let keys = self.stack.positions(&zero, &total);
        let queries = self.stack.positions(&past, &total);
        let distances = self.stack.differences(&queries, &keys, Sign::RowsMinusColumns);
        let index = self.stack.graph.add(Node::standard("Max").inputs([&distances, &zero]));
        Ok(self.stack.attention_bias(&name, &bias.backwards(self.max_seq_len), &index))
    }

    /// The three projections are one packed product, which the attention splits.
    fn self_attention(
        &mut self,
        layer_idx: usize,
        x: &Value,
        bias: &Value,
    ) -> Result<Value, ConvertError> {
        let config = self.stack.config;
        let [d_model, inner] = [config.d_model, config.inner_size()];
        let name =
            |part: &str| format!("decoder.block.{layer_idx}.layer.0.SelfAttention.{part}.weight");
        let parts = [name("q"), name("k"), name("v")];
        let parts = parts.each_ref().map(String::as_str);
        let shape = [inner, d_model];
        let packed = self.stack.store.stacked_rows(&name("qkv"), &parts, shape, self.scheme)?;
        let graph = &mut self.stack.graph;
        let node = packed.multiply(graph, x);
        let qkv = graph.add(node);
        let [past_k, past_v] =
            ["k", "v"].map(|part| self.cache(&format!("past_{part}_{layer_idx}"), "capacity"));
        let attention = Node::microsoft("GroupQueryAttention")
            .input(&qkv)
            .without(2)
            .inputs([&past_k, &past_v, &self.seqlens_k, &self.total_seq_len])
            // Rotary tables and explicit positions, which T5 does not have.
            .without(3)
            .input(bias)
            .size("num_heads", config.n_heads)
            .size("kv_num_heads", config.n_heads)
            .int("do_rotary", 0)
            .float("scale", 1.0);
        let attended = format!("self_attended_{layer_idx}");
        let [k, v] = ["k", "v"].map(|part| format!("present_{part}_{layer_idx}"));
        self.stack.graph.add_outputs(attention, &[&attended, &k, &v]);
        let attended = self.stack.graph.value(&attended);
        self.stack.linear(&name("o"), [d_model, inner], &attended)
    }

    fn cross_attention(&mut self, layer_idx: usize, x: &Value) -> Result<Value, ConvertError> {
        let config = self.stack.config;
        let [d_model, inner] = [config.d_model, config.inner_size()];
        let name =
            |part: &str| format!("decoder.block.{layer_idx}.layer.1.EncDecAttention.{part}.weight");
        let query = self.stack.linear(&name("q"), [inner, d_model], x)?;
        let [k, v] =
            ["k", "v"].map(|part| self.cache(&format!("cross_{part}_{layer_idx}"), "prompt_len"));
        let attention = Node::microsoft("MultiHeadAttention")
            .inputs([&query, &k, &v])
            .size("num_heads", config.n_heads)
            .float("scale", 1.0);
        let attended = self.stack.graph.add(attention);
        self.stack.linear(&name("o"), [d_model, inner], &attended)
    }

    /// Declares an input with the keys or values of all heads.
    fn cache(&mut self, name: &str, length: &'static str) -> Value {
        let dims = self.cache_dims(length);
        self.stack.graph.input(name, ElementType::Float, &dims)
    }

    fn cache_dims(&self, length: &'static str) -> [Dim; 4] {
        let config = self.stack.config;
        [ONE, Dim::Fixed(config.n_heads), Dim::Named(length), Dim::Fixed(config.head_size)]
    }
}

/// Returns the name of the norm after a feed-forward layer, and a factor for its weight. Models with
/// a tied head scale the last state, which the weight of the last norm does for free.
fn next_norm(layer_idx: usize, config: &T5Config) -> (String, f32) {
    if layer_idx + 1 < config.n_decoder_layers {
        return (format!("decoder.block.{}.layer.0.layer_norm.weight", layer_idx + 1), 1.0);
    }
    let scale = if config.scaled_output { (config.d_model as f32).powf(-0.5) } else { 1.0 };
    ("decoder.final_layer_norm.weight".to_owned(), scale)
}
