//! The residual stream between two layers, with the norm of the next one fused to it.

use crate::graph::{GraphBuilder, Node, Value};

/// The residual stream between two layers.
#[derive(Debug)]
pub(crate) struct Residual {
    /// The sum of all layers so far: `[1, seq_len, d_model]`.
    pub(crate) sum: Value,
    /// The same, normalized for the next layer.
    pub(crate) normed: Value,
}

/// A norm by the root of the mean square.
#[derive(Debug)]
pub(crate) struct Norm {
    /// The checkpoint's name.
    pub(crate) name: String,
    /// A factor for each channel: `[d_model]`.
    pub(crate) weight: Value,
    /// Added to the mean square before its root is taken.
    pub(crate) epsilon: f32,
}

impl Residual {
    /// Begins the stream with the embeddings; `norm` is the first layer's.
    pub(crate) fn begin(graph: &mut GraphBuilder, embedded: Value, norm: &Norm) -> Self {
        // ONNX has no fused norm without a residual before opset 23. Adding the embeddings to
        // themselves and allowing for it in epsilon gives the same to the last bit, because
        // factors of two are exact: 2x / sqrt(mean((2x)^2) + 4e) = x / sqrt(mean(x^2) + e).
        let normed = graph.add(
            Node::microsoft("SkipSimplifiedLayerNormalization")
                .inputs([&embedded, &embedded, &norm.weight])
                .float("epsilon", 4.0 * norm.epsilon),
        );
        Self { sum: embedded, normed }
    }

    /// Adds a layer's output to the stream; `norm` is the next layer's.
    pub(crate) fn add(self, graph: &mut GraphBuilder, output: &Value, norm: &Norm) -> Self {
        let node = Node::microsoft("SkipSimplifiedLayerNormalization")
            .inputs([output, &self.sum, &norm.weight])
            .float("epsilon", norm.epsilon);
        let (normed, sum) = (format!("{}:normed", norm.name), format!("{}:sum", norm.name));
        // Between them lie the mean and the variance, which only a training needs.
        graph.add_outputs(node, &[&normed, "", "", &sum]);
        Self { sum: graph.value(&sum), normed: graph.value(&normed) }
    }
}
