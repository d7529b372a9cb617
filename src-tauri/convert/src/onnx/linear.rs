//! Matrices in `weights.bin`, and the operators that multiply with them.
//!
//! All are stored as linear layers have them in a checkpoint, `[n, k]` for `k` inputs and `n`
//! outputs, except where a kernel wants the transpose.

use crate::graph::{GraphBuilder, Node, Value};
use crate::onnx::ElementType;
use crate::quantize::Bits;
use crate::weights_file::ByteRange;

/// A linear layer without bias.
#[derive(Debug, Clone)]
pub(crate) enum Linear {
    /// Stored by rows; computes in floats, or in integers block by block.
    Rows(RowMatrix),
    /// Stored by columns; computes in integers over the whole length.
    Columns(ColumnMatrix),
}

impl Linear {
    /// Several layers of the same input, `[.., k]` to `[.., n]` each. Where they compute in integers,
    /// the input is rounded once for all: the encoder at 256 tokens is 5 % faster for it.
    pub(crate) fn apply_all(layers: &[Self], graph: &mut GraphBuilder, x: &Value) -> Vec<Value> {
        let mut quantized = None;
        let apply = |layer: &Self| match layer {
            Self::Rows(_) => layer.apply(graph, x),
            Self::Columns(matrix) => {
                let x = quantized.get_or_insert_with(|| QuantizedInput::of(graph, x));
                matrix.apply_quantized(graph, x)
            }
        };
        layers.iter().map(apply).collect()
    }

    /// `[.., k]` to `[.., n]`.
    pub(crate) fn apply(&self, graph: &mut GraphBuilder, x: &Value) -> Value {
        match self {
            Self::Rows(matrix) => {
                let node = matrix.multiply(graph, x);
                graph.add(node)
            }
            Self::Columns(matrix) => matrix.apply(graph, x),
        }
    }
}

/// A matrix `[n, k]` whose rows can be looked up as well as multiplied with: what the embedding
/// has to be when it is also the head.
#[derive(Debug, Clone)]
pub(crate) struct RowMatrix {
    /// The checkpoint's name.
    pub(crate) name: String,
    /// Rows: outputs.
    pub(crate) n: usize,
    /// Columns: inputs.
    pub(crate) k: usize,
    /// How and where the numbers are stored.
    pub(crate) storage: RowStorage,
}

/// How the numbers of a [`RowMatrix`] are stored.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RowStorage {
    /// 32-bit floats.
    Float(ByteRange),
    /// Integers with a scale a block.
    Blocks {
        bits: Bits,
        /// Weights a scale; divides `k`.
        block_size: usize,
        /// `[n, k]`, packed.
        quants: ByteRange,
        /// `[n, k / block_size]` floats.
        scales: ByteRange,
    },
}

impl RowMatrix {
    /// The node that takes `[.., k]` to `[.., n]`.
    pub(crate) fn multiply(&self, graph: &mut GraphBuilder, x: &Value) -> Node {
        match self.storage {
            RowStorage::Float(bytes) => {
                let weights =
                    self.external(graph, "", ElementType::Float, bytes, &[self.n, self.k]);
                Node::microsoft("FusedMatMul").inputs([x, &weights]).int("transB", 1)
            }
            RowStorage::Blocks { bits, block_size, quants, scales } => {
                let n_blocks = self.k / block_size;
                let dims = [self.n, n_blocks, bits.packed_bytes(block_size)];
                let quants = self.external(graph, ".blocks", ElementType::Uint8, quants, &dims);
                let scales = self.scales(graph, scales, n_blocks);
                Node::microsoft("MatMulNBits")
                    .inputs([x, &quants, &scales])
                    .size("K", self.k)
                    .size("N", self.n)
                    .size("bits", bits.count())
                    .size("block_size", block_size)
                    // 4 lets the kernel round the activations to 8 bits and multiply integers.
                    .int("accuracy_level", 4)
            }
        }
    }

    /// `[.., k]` to `[.., n]`, plus `bias` `[n]` if there is one.
    pub(crate) fn apply(&self, graph: &mut GraphBuilder, x: &Value, bias: Option<&Value>) -> Value {
        let product = self.multiply(graph, x);
        match (bias, self.storage) {
            (None, _) => graph.add(product),
            // Zero points and group indices lie between scales and bias.
            (Some(bias), RowStorage::Blocks { .. }) => graph.add(product.without(2).input(bias)),
            (Some(bias), RowStorage::Float(_)) => {
                let product = graph.add(product);
                graph.add(Node::standard("Add").inputs([&product, bias]))
            }
        }
    }

    /// The rows with these ids: int64 `[.., n_ids]` to float `[.., n_ids, k]`.
    pub(crate) fn look_up(&self, graph: &mut GraphBuilder, ids: &Value) -> Value {
        let node = match self.storage {
            RowStorage::Float(bytes) => {
                let rows = self.external(graph, "", ElementType::Float, bytes, &[self.n, self.k]);
                Node::standard("Gather").inputs([&rows, ids]).int("axis", 0)
            }
            RowStorage::Blocks { bits, block_size, quants, scales } => {
                let dims = [self.n, bits.packed_bytes(self.k)];
                let rows = self.external(graph, ".rows", ElementType::Uint8, quants, &dims);
                let scales = self.scales(graph, scales, self.k / block_size);
                Node::microsoft("GatherBlockQuantized")
                    .inputs([&rows, ids, &scales])
                    .int("gather_axis", 0)
                    .int("quantize_axis", 1)
                    .size("block_size", block_size)
                    .size("bits", bits.count())
            }
        };
        graph.add(node)
    }

    fn scales(&self, graph: &mut GraphBuilder, bytes: ByteRange, n_blocks: usize) -> Value {
        self.external(graph, ".scales", ElementType::Float, bytes, &[self.n, n_blocks])
    }

    fn external(
        &self,
        graph: &mut GraphBuilder,
        suffix: &str,
        element: ElementType,
        bytes: ByteRange,
        dims: &[usize],
    ) -> Value {
        graph.external(&format!("{}{suffix}", self.name), element, dims, bytes)
    }
}

/// A matrix that is stored transposed, `[k, n]`, in 8 bits with a scale a column.
#[derive(Debug, Clone)]
pub(crate) struct ColumnMatrix {
    /// The checkpoint's name.
    pub(crate) name: String,
    /// Columns: outputs.
    pub(crate) n: usize,
    /// Rows: inputs.
    pub(crate) k: usize,
    /// `[k, n]` signed bytes.
    pub(crate) quants: ByteRange,
    /// `[n]` floats.
    pub(crate) scales: ByteRange,
}

/// Activations rounded to unsigned bytes, `[.., k]`, with one scale and zero point for all of them.
#[derive(Debug)]
struct QuantizedInput {
    quants: Value,
    scale: Value,
    zero_point: Value,
}

impl QuantizedInput {
    fn of(graph: &mut GraphBuilder, x: &Value) -> Self {
        let [quants, scale, zero_point] =
            ["quants", "scale", "zero_point"].map(|part| x.part(part));
        let node = Node::standard("DynamicQuantizeLinear").input(x);
        graph.add_outputs(node, &[&quants, &scale, &zero_point].map(String::as_str));
        let [quants, scale, zero_point] =
            [quants, scale, zero_point].map(|name| graph.value(&name));
        Self { quants, scale, zero_point }
    }
}

impl ColumnMatrix {
    /// Rounds `x` by itself. The zero point of the weights is left out: for signed bytes that means
    /// zero.
    fn apply(&self, graph: &mut GraphBuilder, x: &Value) -> Value {
        let [quants, scales] = self.weights(graph);
        graph.add(Node::microsoft("DynamicQuantizeMatMul").inputs([x, &quants, &scales]))
    }

    /// The same product, of what was rounded before.
    fn apply_quantized(&self, graph: &mut GraphBuilder, x: &QuantizedInput) -> Value {
        let [quants, scales] = self.weights(graph);
        let inputs = [&x.quants, &quants, &x.scale, &scales, &x.zero_point];
        graph.add(Node::microsoft("MatMulIntegerToFloat").inputs(inputs))
    }

    /// Weights `[k, n]` and scales `[n]`.
    fn weights(&self, graph: &mut GraphBuilder) -> [Value; 2] {
        let name = |suffix| format!("{}{suffix}", self.name);
        let dims = [self.k, self.n];
        let quants = graph.external(&name(".columns"), ElementType::Int8, &dims, self.quants);
        let scales = graph.external(&name(".scales"), ElementType::Float, &[self.n], self.scales);
        [quants, scales]
    }
}
