//! [`Stack`]: the layers that encoder and decoder have in common.

use super::config::{Activation, T5Config};
use super::position_bias::PositionBias;
use crate::error::ConvertError;
use crate::onnx::graph_builder::GraphBuilder;
use crate::onnx::node::{Node, Value};
use crate::onnx::residual::{Norm, Residual};
use crate::weights::matrix::Linear;
use crate::weights::scheme::Scheme;
use crate::weights::store::WeightStore;

/// Builds the layers of the encoder or of the decoder.
pub(crate) struct Stack<'a, 'b> {
    pub(crate) config: &'a T5Config,
    pub(crate) graph: GraphBuilder,
    pub(crate) store: &'a mut WeightStore<'b>,
    /// How the linear layers are stored.
    pub(crate) scheme: Scheme,
}

impl Stack<'_, '_> {
    /// Starts the residual stream with the embeddings. `norm` belongs to the first layer.
    pub(crate) fn begin(&mut self, embedded: Value, norm: &str) -> Result<Residual, ConvertError> {
        let norm = self.norm(norm, 1.0)?;
        Ok(Residual::begin(&mut self.graph, embedded, &norm))
    }

    /// Adds a layer's output to the residual stream. `norm` belongs to the next layer.
    pub(crate) fn add(
        &mut self,
        stream: Residual,
        output: &Value,
        norm: &str,
    ) -> Result<Residual, ConvertError> {
        self.add_scaled(stream, output, norm, 1.0)
    }

    /// Adds a layer's output to the residual stream, and multiplies the output of the next layer's norm
    /// by `scale`.
    pub(crate) fn add_scaled(
        &mut self,
        stream: Residual,
        output: &Value,
        norm: &str,
        scale: f32,
    ) -> Result<Residual, ConvertError> {
        let norm = self.norm(norm, scale)?;
        Ok(stream.add(&mut self.graph, output, &norm))
    }

    /// Applies a linear layer of the checkpoint, `[n, k]`, to `x`.
    pub(crate) fn linear(
        &mut self,
        name: &str,
        shape: [usize; 2],
        x: &Value,
    ) -> Result<Value, ConvertError> {
        let linear = self.store.linear(name, shape, self.scheme)?;
        Ok(linear.apply(&mut self.graph, x))
    }

    /// Applies several linear layers of the checkpoint, `[n, k]` each, to the same `x`.
    pub(crate) fn linears(
        &mut self,
        names: &[String],
        shape: [usize; 2],
        x: &Value,
    ) -> Result<Vec<Value>, ConvertError> {
        let layers: Result<Vec<Linear>, _> =
            names.iter().map(|name| self.store.linear(name, shape, self.scheme)).collect();
        Ok(Linear::apply_all(&layers?, &mut self.graph, x))
    }

    /// Applies the feed-forward layer under `prefix` to `x`.
    pub(crate) fn feed_forward(&mut self, prefix: &str, x: &Value) -> Result<Value, ConvertError> {
        let [d_model, d_ff] = [self.config.d_model, self.config.d_ff];
        let name = |part: &str| format!("{prefix}.DenseReluDense.{part}.weight");
        let hidden = if self.config.gated {
            let gate = self.linear(&name("wi_0"), [d_ff, d_model], x)?;
            let gate = self.activate(&gate);
            let linear = self.linear(&name("wi_1"), [d_ff, d_model], x)?;
            self.graph.add(Node::standard("Mul").inputs([&gate, &linear]))
        } else {
            let hidden = self.linear(&name("wi"), [d_ff, d_model], x)?;
            self.activate(&hidden)
        };
        self.linear(&name("wo"), [d_model, d_ff], &hidden)
    }

    fn activate(&mut self, x: &Value) -> Value {
        let node = match self.config.activation {
            Activation::Relu => Node::standard("Relu").input(x),
            Activation::Gelu => Node::standard("Gelu").input(x),
            Activation::GeluTanh => Node::standard("Gelu").input(x).text("approximate", "tanh"),
            Activation::Silu => {
                let sigmoid = self.graph.add(Node::standard("Sigmoid").input(x));
                Node::standard("Mul").inputs([x, &sigmoid])
            }
        };
        self.graph.add(node)
    }

    fn norm(&mut self, name: &str, scale: f32) -> Result<Norm, ConvertError> {
        let T5Config { d_model, norm_epsilon: epsilon, .. } = *self.config;
        let mut weight = self.store.take(name, &[d_model])?;
        weight.iter_mut().for_each(|value| *value *= scale);
        let weight = self.graph.constant_f32(name, &weight, &[d_model]);
        Ok(Norm { name: name.to_owned(), weight, epsilon })
    }

    /// Returns the positions `start..end` as int64 `[end - start]`.
    pub(crate) fn positions(&mut self, start: &Value, end: &Value) -> Value {
        let one = self.graph.constant_i64("one", &[1], &[]);
        self.graph.add(Node::standard("Range").inputs([start, end, &one]))
    }

    /// Returns the differences of all pairs, as a matrix with a row for each of `rows`.
    pub(crate) fn differences(&mut self, rows: &Value, columns: &Value, sign: Sign) -> Value {
        let [axis_0, axis_1] = [0, 1].map(|axis| self.axis(axis));
        let columns = self.graph.add(Node::standard("Unsqueeze").inputs([columns, &axis_0]));
        let rows = self.graph.add(Node::standard("Unsqueeze").inputs([rows, &axis_1]));
        let pair = match sign {
            Sign::ColumnsMinusRows => [&columns, &rows],
            Sign::RowsMinusColumns => [&rows, &columns],
        };
        self.graph.add(Node::standard("Sub").inputs(pair))
    }

    /// Reads the position bias of this name.
    pub(crate) fn take_position_bias(&mut self, name: &str) -> Result<PositionBias, ConvertError> {
        let T5Config { n_buckets, n_heads, max_distance, .. } = *self.config;
        let weights = self.store.take(name, &[n_buckets, n_heads])?;
        Ok(PositionBias { weights, n_heads, n_buckets, max_distance })
    }

    /// Looks up columns of a bias table `[n_heads, width]` as an attention bias `[1, n_heads, q, k]`.
    pub(crate) fn attention_bias(&mut self, name: &str, table: &[f32], index: &Value) -> Value {
        let n_heads = self.config.n_heads;
        let table = self.graph.constant_f32(name, table, &[n_heads, table.len() / n_heads]);
        let node = Node::standard("Gather").inputs([&table, index]).int("axis", 1);
        let bias = self.graph.add(node);
        let axis_0 = self.axis(0);
        self.graph.add(Node::standard("Unsqueeze").inputs([&bias, &axis_0]))
    }

    /// Returns the length of a `[1, n]` input as an int64 scalar.
    pub(crate) fn length(&mut self, ids: &Value) -> Value {
        let shape =
            self.graph.add(Node::standard("Shape").input(ids).int("start", 1).int("end", 2));
        let axis_0 = self.axis(0);
        self.graph.add(Node::standard("Squeeze").inputs([&shape, &axis_0]))
    }

    fn axis(&mut self, axis: i64) -> Value {
        self.graph.constant_i64(&format!("axis_{axis}"), &[axis], &[1])
    }
}

/// The sign of [`Stack::differences`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sign {
    /// `columns[j] - rows[i]`.
    ColumnsMinusRows,
    /// `rows[i] - columns[j]`.
    RowsMinusColumns,
}
