//! A builder for ONNX graphs: values by handle, nodes by operator, constants inside the graph
//! or by reference into `weights.bin`.
//!
//! It knows the format but no model: which nodes there are is the business of the families.

use crate::onnx::{
    AttributeKind, AttributeProto, DataLocation, DimensionProto, DimensionValue, ElementType,
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use crate::weights_file::{self, ByteRange};

/// The IR version that goes with opset 21.
const IR_VERSION: i64 = 10;
/// The standard operators: `Gelu` needs 20, the block quantization of the same family 21.
const ONNX_OPSET: i64 = 21;
/// ONNX Runtime's own fused operators.
const MICROSOFT_DOMAIN: &str = "com.microsoft";
const MICROSOFT_OPSET: i64 = 1;

/// A tensor inside a graph, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value(String);

impl Value {
    /// A name for something that is made of this value.
    pub(crate) fn part(&self, part: &str) -> String {
        format!("{}:{part}", self.0)
    }
}

/// The extent of an input or output along one axis.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dim {
    /// Known now.
    Fixed(usize),
    /// Known when the graph runs; equal names are equal extents.
    Named(&'static str),
}

/// One operator under construction.
#[derive(Debug)]
pub(crate) struct Node {
    proto: NodeProto,
}

impl Node {
    /// An operator of the ONNX standard.
    pub(crate) fn standard(op: &str) -> Self {
        Self::in_domain("", op)
    }

    /// A fused operator of ONNX Runtime.
    pub(crate) fn microsoft(op: &str) -> Self {
        Self::in_domain(MICROSOFT_DOMAIN, op)
    }

    fn in_domain(domain: &str, op: &str) -> Self {
        let proto = NodeProto {
            domain: Some(domain.to_owned()),
            op_type: Some(op.to_owned()),
            ..NodeProto::default()
        };
        Self { proto }
    }

    /// Appends one input.
    pub(crate) fn input(mut self, value: &Value) -> Self {
        self.proto.input.push(value.0.clone());
        self
    }

    /// Appends several inputs.
    pub(crate) fn inputs<'a>(self, values: impl IntoIterator<Item = &'a Value>) -> Self {
        values.into_iter().fold(self, Self::input)
    }

    /// Leaves the next `count` optional inputs out.
    pub(crate) fn without(mut self, count: usize) -> Self {
        self.proto.input.extend(std::iter::repeat_n(String::new(), count));
        self
    }

    /// Sets an integer attribute.
    pub(crate) fn int(self, name: &str, value: i64) -> Self {
        let value = AttributeProto { i: Some(value), ..AttributeProto::default() };
        self.attribute(name, AttributeKind::Int, value)
    }

    /// Sets an integer attribute to a size or count.
    pub(crate) fn size(self, name: &str, value: usize) -> Self {
        self.int(name, value as i64)
    }

    /// Sets a list of integers.
    pub(crate) fn ints(self, name: &str, values: &[i64]) -> Self {
        let value = AttributeProto { ints: values.to_vec(), ..AttributeProto::default() };
        self.attribute(name, AttributeKind::Ints, value)
    }

    /// Sets a float attribute.
    pub(crate) fn float(self, name: &str, value: f32) -> Self {
        let value = AttributeProto { f: Some(value), ..AttributeProto::default() };
        self.attribute(name, AttributeKind::Float, value)
    }

    /// Sets a text attribute.
    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        let value = AttributeProto { s: Some(value.into()), ..AttributeProto::default() };
        self.attribute(name, AttributeKind::String, value)
    }

    fn attribute(mut self, name: &str, kind: AttributeKind, value: AttributeProto) -> Self {
        let name = Some(name.to_owned());
        self.proto.attribute.push(AttributeProto { name, kind: Some(kind as i32), ..value });
        self
    }
}

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

    /// Declares that a value of this name, which some node makes, is an output of the graph.
    pub(crate) fn output(&mut self, name: &str, element: ElementType, dims: &[Dim]) {
        self.graph.output.push(value_info(name, element, dims));
    }

    /// Adds a node with one output, whose name is made up.
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

    /// Adds a node with these outputs, in order; an empty name leaves one out.
    pub(crate) fn add_outputs(&mut self, node: Node, names: &[&str]) {
        let name = names.first().copied().unwrap_or_default();
        self.graph.node.push(NodeProto {
            name: Some(format!("node:{name}")),
            output: names.iter().map(|&name| name.to_owned()).collect(),
            ..node.proto
        });
    }

    /// The value of a name that was given to [`Self::add_outputs`].
    pub(crate) fn value(&self, name: &str) -> Value {
        debug_assert!(
            self.graph.node.iter().any(|node| node.output.iter().any(|output| output == name)),
            "no node makes {name}"
        );
        Value(name.to_owned())
    }

    /// A constant of integers, kept inside the graph. No extents make a scalar.
    pub(crate) fn constant_i64(&mut self, name: &str, values: &[i64], dims: &[usize]) -> Value {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, ElementType::Int64, dims, bytes)
    }

    /// A constant of floats, kept inside the graph.
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

    /// A constant whose bytes are a part of `weights.bin`.
    pub(crate) fn external(
        &mut self,
        name: &str,
        element: ElementType,
        dims: &[usize],
        bytes: ByteRange,
    ) -> Value {
        let entry = |key: &str, value: String| StringStringEntryProto {
            key: Some(key.to_owned()),
            value: Some(value),
        };
        self.initializer(TensorProto {
            external_data: vec![
                entry("location", weights_file::FILE_NAME.to_owned()),
                entry("offset", bytes.offset.to_string()),
                entry("length", bytes.length.to_string()),
            ],
            data_location: Some(DataLocation::External as i32),
            ..tensor(name, element, dims)
        })
    }

    /// A constant that is asked for twice under one name is stored once.
    fn initializer(&mut self, tensor: TensorProto) -> Value {
        let name = tensor.name.clone().unwrap_or_default();
        match self.graph.initializer.iter().find(|known| known.name == tensor.name) {
            Some(known) => debug_assert_eq!(*known, tensor, "two constants named {name}"),
            None => self.graph.initializer.push(tensor),
        }
        Value(name)
    }

    /// The finished model.
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

fn value_info(name: &str, element: ElementType, dims: &[Dim]) -> ValueInfoProto {
    let dim =
        dims.iter().map(|&dim| DimensionProto { value: Some(dimension_value(dim)) }).collect();
    let tensor_type =
        TensorTypeProto { elem_type: Some(element as i32), shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto { tensor_type: Some(tensor_type) }),
    }
}

fn dimension_value(dim: Dim) -> DimensionValue {
    match dim {
        Dim::Fixed(extent) => DimensionValue::Fixed(extent as i64),
        Dim::Named(name) => DimensionValue::Named(name.to_owned()),
    }
}
