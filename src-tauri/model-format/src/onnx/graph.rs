//! A model, its graph and the operators of the graph.

use prost::{Enumeration, Message};

use super::decode_error::DecodeError;
use super::fields;
use super::tensor::TensorProto;
use super::value_info::ValueInfoProto;

/// A whole `.onnx` file.
#[derive(Clone, PartialEq, Message)]
pub struct ModelProto {
    /// Version of the file format.
    #[prost(int64, optional, tag = "1")]
    pub ir_version: Option<i64>,
    /// Program that wrote the model.
    #[prost(string, optional, tag = "2")]
    pub producer_name: Option<String>,
    /// Version of that program.
    #[prost(string, optional, tag = "3")]
    pub producer_version: Option<String>,
    /// The operators and constants.
    #[prost(message, optional, tag = "7")]
    pub graph: Option<GraphProto>,
    /// Operator sets that the nodes are from.
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSetIdProto>,
}

/// Which version of which operator set the nodes speak.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSetIdProto {
    /// Name of the operator set; empty for the ONNX standard.
    #[prost(string, optional, tag = "1")]
    pub domain: Option<String>,
    /// Version of the set.
    #[prost(int64, optional, tag = "2")]
    pub version: Option<i64>,
}

/// Nodes in topological order, with the tensors they start from.
#[derive(Clone, PartialEq, Message)]
pub struct GraphProto {
    /// Operators, each after those whose outputs it takes.
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeProto>,
    /// Name of the graph.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
    /// Constant tensors.
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<TensorProto>,
    /// Tensors that the caller gives.
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfoProto>,
    /// Tensors that the caller gets.
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfoProto>,
}

/// One operator. An empty input or output name stands for "left out".
#[derive(Clone, PartialEq, Message)]
pub struct NodeProto {
    /// Names of the tensors it takes; an empty name leaves an optional input out.
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    /// Names of the tensors it makes; an empty name leaves an optional output out.
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    /// Name of the node, for messages.
    #[prost(string, optional, tag = "3")]
    pub name: Option<String>,
    /// Name of the operator in its set.
    #[prost(string, optional, tag = "4")]
    pub op_type: Option<String>,
    /// Constant settings.
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<AttributeProto>,
    /// Operator set of `op_type`; empty for the ONNX standard.
    #[prost(string, optional, tag = "7")]
    pub domain: Option<String>,
}

/// A constant setting of a node; `kind` says which of the fields holds it.
#[derive(Clone, PartialEq, Message)]
pub struct AttributeProto {
    /// Name of the setting.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// Value of a [`AttributeKind::Float`].
    #[prost(float, optional, tag = "2")]
    pub f: Option<f32>,
    /// Value of an [`AttributeKind::Int`].
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    /// Value of a [`AttributeKind::String`].
    #[prost(bytes = "vec", optional, tag = "4")]
    pub s: Option<Vec<u8>>,
    /// Values of [`AttributeKind::Ints`].
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    /// [`AttributeKind`]: which of the fields has the value.
    #[prost(enumeration = "AttributeKind", optional, tag = "20")]
    pub kind: Option<i32>,
}

/// `AttributeProto.AttributeType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AttributeKind {
    /// 32-bit float.
    Float = 1,
    /// 64-bit integer.
    Int = 2,
    /// Bytes of a text.
    String = 3,
    /// List of 64-bit integers.
    Ints = 7,
}

impl ModelProto {
    /// Reads a whole `.onnx` file. Fields that are not declared here are skipped.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes are not a protocol buffer with these fields, or have too many.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if fields::are_too_many(bytes) {
            return Err(DecodeError::TooManyFields);
        }
        Ok(Self::decode(bytes)?)
    }

    /// Returns the bytes of the `.onnx` file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }
}
