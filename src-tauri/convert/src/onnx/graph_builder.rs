//! [`GraphBuilder`]: builds an ONNX graph node by node, with constants in the graph or in
//! `weights.bin`. Which nodes a model has is up to its family.

use pounce_model_format::WEIGHTS_FILE;
use pounce_model_format::onnx::{
    ElementType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
};

use super::dim::{Dim, value_info};
use super::node::{MICROSOFT_DOMAIN, Node, Value};
use crate::weights::file::ByteRange;

/// The IR version that goes with opset 21.
const IR_VERSION: i64 = 10;
/// The version of the standard operators. `Gelu` needs 20, and
/// quantization by blocks 21.
const ONNX_OPSET: i64 = 21;
const MICROSOFT_OPSET: i64 = 1;

/// A graph under construction. Nodes are added in the order in which they run.
#[derive(Debug, Default)]
pub(crate) struct GraphBuilder {
    graph: GraphProto,
}

impl GraphBuilder {
    /// An empty graph.
    pub(crate) fn new(name: &str) -> Self {
        Self { graph: GraphProto { name: Some(name.to_owned()), ..GraphProto::default() } }
    }

    /// Declares an input of the graph.
    pub(crate) fn input(&mut self, name: &str, element: ElementType, dims: &[Dim]) -> Value {
        self.graph.input.push(value_info(name, element, dims));
        Value(name.to_owned())
    }

    /// Declares an output of the graph; a node makes the value of this name.
    pub(crate) fn output(&mut self, name: &str, element: ElementType, dims: &[Dim]) {
        self.graph.output.push(value_info(name, element, dims));
    }

    /// Adds a node with one output, which gets a generated name.
    pub(crate) fn add(&mut self, node: Node) -> Value {
        let op = node.proto.op_type.clone().unwrap_or_default();
        let name = format!("{op}_{}", self.graph.node.len());
        self.add_as(node, &name)
    }

    /// Adds a node with one output of this name.
    pub(crate) fn add_as(&mut self, node: Node, name: &str) -> Value {
        self.add_outputs(node, &[name]);
        Value(name.to_owned())
    }

    /// Adds a node with these outputs, in order. An empty name leaves an output out.
    pub(crate) fn add_outputs(&mut self, node: Node, names: &[&str]) {
        let name = names.first().copied().unwrap_or_default();
        self.graph.node.push(NodeProto {
            name: Some(format!("node:{name}")),
            output: names.iter().map(|&name| name.to_owned()).collect(),
            ..node.proto
        });
    }

    /// Returns the value with a name that was passed to [`Self::add_outputs`].
    pub(crate) fn value(&self, name: &str) -> Value {
        debug_assert!(
            self.graph.node.iter().any(|node| node.output.iter().any(|output| output == name)),
            "no node makes {name}"
        );
        Value(name.to_owned())
    }

    /// Declares a constant of integers that is stored in the graph. Without extents it is a scalar.
    pub(crate) fn constant_i64(&mut self, name: &str, values: &[i64], dims: &[usize]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, ElementType::Int64, dims, bytes)
    }

    /// Declares a constant of floats that is stored in the graph.
    pub(crate) fn constant_f32(&mut self, name: &str, values: &[f32], dims: &[usize]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, ElementType::Float, dims, bytes)
    }

    fn constant(
        &mut self,
        name: &str,
        element: ElementType,
        dims: &[usize],
        bytes: Vec<u8>,
    ) -> Value {
        let tensor = TensorProto { raw_data: Some(bytes), ..tensor(name, element, dims) };
        self.initializer(tensor)
    }

    /// Declares a constant that is stored in `weights.bin`.
    pub(crate) fn external(
        &mut self,
        name: &str,
        element: ElementType,
        dims: &[usize],
        bytes: ByteRange,
    ) -> Value {
        let tensor = tensor(name, element, dims);
        self.initializer(tensor.with_external_data(WEIGHTS_FILE, bytes.offset, bytes.length))
    }

    /// Adds a constant, unless there is one of its name already, which must be the same.
    fn initializer(&mut self, tensor: TensorProto) -> Value {
        let name = tensor.name.clone().unwrap_or_default();
        match self.graph.initializer.iter().find(|known| known.name == tensor.name) {
            Some(known) => debug_assert_eq!(*known, tensor, "two constants named {name}"),
            None => self.graph.initializer.push(tensor),
        }
        Value(name)
    }

    /// Returns the model with this graph.
    pub(crate) fn finish(self) -> ModelProto {
        let opset = |domain: &str, version| OperatorSetIdProto {
            domain: Some(domain.to_owned()),
            version: Some(version),
        };
        ModelProto {
            ir_version: Some(IR_VERSION),
            producer_name: Some("pounce".to_owned()),
            producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            graph: Some(self.graph),
            opset_import: vec![opset("", ONNX_OPSET), opset(MICROSOFT_DOMAIN, MICROSOFT_OPSET)],
        }
    }
}

fn tensor(name: &str, element: ElementType, dims: &[usize]) -> TensorProto {
    TensorProto {
        name: Some(name.to_owned()),
        data_type: Some(element as i32),
        dims: dims.iter().map(|&extent| extent as i64).collect(),
        ..TensorProto::default()
    }
}
