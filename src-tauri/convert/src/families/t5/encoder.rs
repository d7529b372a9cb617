//! `encoder.onnx`: reads the prompt once and computes the keys and values of the decoder's
//! cross-attention.
//!
//! Input: `input_ids` int64 `[1, prompt_len]`. Outputs: `cross_k_{i}` and `cross_v_{i}` float
//! `[1, n_heads, prompt_len, head_size]` for each decoder layer. Their projections are in this graph
//! because they depend on the prompt alone.

use pounce_model_format::onnx::{ElementType, ModelProto};

use super::config::T5Config;
use super::layers::{Sign, Stack};
use super::tensor_names::RELATIVE_BIAS;
use crate::error::ConvertError;
use crate::onnx::Dim;
use crate::onnx::graph_builder::GraphBuilder;
use crate::onnx::node::{Node, Value};
use crate::weights::matrix::RowMatrix;
use crate::weights::scheme::Scheme;
use crate::weights::store::WeightStore;

const PROMPT_LEN: Dim = Dim::Named("prompt_len");

/// Builds the graph for prompts of up to `max_seq_len` tokens.
pub(crate) fn build(
    config: &T5Config,
    store: &mut WeightStore<'_>,
    embedding: &RowMatrix,
    scheme: Scheme,
    max_seq_len: usize,
) -> Result<ModelProto, ConvertError> {
    let stack = Stack { config, graph: GraphBuilder::new("encoder"), store, scheme };
    Encoder { stack, max_seq_len }.build(embedding)
}

struct Encoder<'a, 'b> {
    stack: Stack<'a, 'b>,
    max_seq_len: usize,
}

impl Encoder<'_, '_> {
    fn build(mut self, embedding: &RowMatrix) -> Result<ModelProto, ConvertError> {
        let ids =
            self.stack.graph.input("input_ids", ElementType::Int64, &[Dim::Fixed(1), PROMPT_LEN]);
        let bias = self.position_bias(&ids)?;
        let embedded = embedding.look_up(&mut self.stack.graph, &ids);
        let mut stream = self.stack.begin(embedded, "encoder.block.0.layer.0.layer_norm.weight")?;
        let n_layers = self.stack.config.n_encoder_layers;
        for layer_idx in 0..n_layers {
            let block = format!("encoder.block.{layer_idx}");
            let output = self.self_attention(&block, &stream.normed, &bias)?;
            let norm = format!("{block}.layer.1.layer_norm.weight");
            stream = self.stack.add(stream, &output, &norm)?;
            let output = self.stack.feed_forward(&format!("{block}.layer.1"), &stream.normed)?;
            stream = self.stack.add(stream, &output, &next_norm(layer_idx, n_layers))?;
        }
        self.cross_projections(&stream.normed)?;
        Ok(self.stack.graph.finish())
    }

    /// Returns the bias of all layers, `[1, n_heads, prompt_len, prompt_len]`.
    fn position_bias(&mut self, ids: &Value) -> Result<Value, ConvertError> {
        let name = format!("encoder.block.0.{RELATIVE_BIAS}");
        let bias = self.stack.take_position_bias(&name)?;
        let zero = self.stack.graph.constant_i64("zero", &[0], &[]);
        let prompt_len = self.stack.length(ids);
        let positions = self.stack.positions(&zero, &prompt_len);
        let distances = self.stack.differences(&positions, &positions, Sign::ColumnsMinusRows);
        let centre = [self.max_seq_len as i64 - 1];
        let centre = self.stack.graph.constant_i64("table_centre", &centre, &[]);
        let index = self.stack.graph.add(Node::standard("Add").inputs([&distances, &centre]));
        Ok(self.stack.attention_bias(&name, &bias.both_ways(self.max_seq_len), &index))
    }

    fn self_attention(
        &mut self,
        block: &str,
        x: &Value,
        bias: &Value,
    ) -> Result<Value, ConvertError> {
        let config = self.stack.config;
        let [d_model, inner] = [config.d_model, config.inner_size()];
        let name = |part: &str| format!("{block}.layer.0.SelfAttention.{part}.weight");
        // Three products instead of a packed one, which is not faster: 11 ms at 64 tokens.
        let names = [name("q"), name("k"), name("v")];
        let projected = self.stack.linears(&names, [inner, d_model], x)?;
        let attention = Node::microsoft("MultiHeadAttention")
            .inputs(&projected)
            .without(2)
            .input(bias)
            .size("num_heads", config.n_heads)
            // T5 folds the usual scale into its weights.
            .float("scale", 1.0);
        let attended = self.stack.graph.add(attention);
        self.stack.linear(&name("o"), [d_model, inner], &attended)
    }

    fn cross_projections(&mut self, x: &Value) -> Result<(), ConvertError> {
        let config = self.stack.config;
        let layers = 0..config.n_decoder_layers;
        let parts: Vec<(usize, &str)> = layers.flat_map(|i| [(i, "k"), (i, "v")]).collect();
        let name = |(i, part)| format!("decoder.block.{i}.layer.1.EncDecAttention.{part}.weight");
        let names: Vec<String> = parts.iter().copied().map(name).collect();
        let shape = [config.inner_size(), config.d_model];
        let projected = self.stack.linears(&names, shape, x)?;
        for ((i, part), projected) in parts.iter().zip(&projected) {
            self.output_heads(&format!("cross_{part}_{i}"), projected);
        }
        Ok(())
    }

    /// Declares an output by head of `[1, prompt_len, n_heads * head_size]`.
    fn output_heads(&mut self, output: &str, projected: &Value) {
        let T5Config { n_heads, head_size, .. } = *self.stack.config;
        let graph = &mut self.stack.graph;
        let shape = [1, -1, n_heads as i64, head_size as i64];
        let shape = graph.constant_i64("heads_shape", &shape, &[4]);
        let heads = graph.add(Node::standard("Reshape").inputs([projected, &shape]));
        graph.add_as(Node::standard("Transpose").input(&heads).ints("perm", &[0, 2, 1, 3]), output);
        let dims = [Dim::Fixed(1), Dim::Fixed(n_heads), PROMPT_LEN, Dim::Fixed(head_size)];
        graph.output(output, ElementType::Float, &dims);
    }
}

/// Returns the name of the norm after a feed-forward layer, which belongs to the next layer if there is
/// one.
fn next_norm(layer_idx: usize, n_layers: usize) -> String {
    if layer_idx + 1 < n_layers {
        format!("encoder.block.{}.layer.0.layer_norm.weight", layer_idx + 1)
    } else {
        "encoder.final_layer_norm.weight".to_owned()
    }
}
