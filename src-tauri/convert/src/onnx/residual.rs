//! [`Residual`]: the residual stream, whose sum is fused with the norm of the next layer.

use super::graph_builder::GraphBuilder;
use super::node::{Node, Value};

/// The residual stream before a layer.
#[derive(Debug)]
pub(crate) struct Residual {
    /// The sum of the embeddings and all layers so far: `[1, seq_len, d_model]`.
    pub(crate) sum: Value,
    /// The sum, normalized for the next layer.
    pub(crate) normed: Value,
}

/// A layer's RMS norm.
#[derive(Debug)]
pub(crate) struct Norm {
    /// The name in the checkpoint.
    pub(crate) name: String,
    /// A factor for each channel: `[d_model]`.
    pub(crate) weight: Value,
    /// Added to the mean square before its root is taken.
    pub(crate) epsilon: f32,
}

impl Residual {
    /// Starts the stream with the embeddings. `norm` belongs to the first layer.
    pub(crate) fn begin(graph: &mut GraphBuilder, embedded: Value, norm: &Norm) -> Self {
        // Before opset 23 ONNX has no fused norm without a residual. Adding the embeddings to
        // themselves, with four times the epsilon, gives the same result to the last bit, because
        // factors of two are exact: 2x / sqrt(mean((2x)^2) + 4e) = x / sqrt(mean(x^2) + e).
        let normed = graph.add(
            Node::microsoft("SkipSimplifiedLayerNormalization")
                .inputs([&embedded, &embedded, &norm.weight])
                .float("epsilon", 4.0 * norm.epsilon),
        );
        Self { sum: embedded, normed }
    }

    /// Adds a layer's output to the stream. `norm` belongs to the next layer.
    pub(crate) fn add(self, graph: &mut GraphBuilder, output: &Value, norm: &Norm) -> Self {
        let node = Node::microsoft("SkipSimplifiedLayerNormalization")
            .inputs([output, &self.sum, &norm.weight])
            .float("epsilon", norm.epsilon);
        let (normed, sum) = (format!("{}:normed", norm.name), format!("{}:sum", norm.name));
        // The outputs between them are mean and variance, which only training needs.
        graph.add_outputs(node, &[&normed, "", "", &sum]);
        Self { sum: graph.value(&sum), normed: graph.value(&normed) }
    }
}
