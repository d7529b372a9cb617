//! Names, element types and shapes of a graph's inputs and outputs.

use prost::{Message, Oneof};

use super::tensor::ElementType;

/// Name and type of an input or output of the graph.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfoProto {
    /// Name of the input or output.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// Element type and shape.
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<TypeProto>,
}

/// A tensor type; ONNX has others, these graphs do not.
#[derive(Clone, PartialEq, Message)]
pub struct TypeProto {
    /// The type of a tensor.
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorTypeProto>,
}

/// `TypeProto.Tensor`.
#[derive(Clone, PartialEq, Message)]
pub struct TensorTypeProto {
    /// [`ElementType`] of the elements.
    #[prost(enumeration = "ElementType", optional, tag = "1")]
    pub elem_type: Option<i32>,
    /// One extent for each axis.
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShapeProto>,
}

/// Extents, outermost first; none at all is a scalar.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShapeProto {
    /// Extents, outermost first.
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<DimensionProto>,
}

/// `TensorShapeProto.Dimension`.
#[derive(Clone, PartialEq, Message)]
pub struct DimensionProto {
    /// The extent.
    #[prost(oneof = "DimensionValue", tags = "1, 2")]
    pub value: Option<DimensionValue>,
}

/// A fixed extent, or the name of one that is known at run time.
#[derive(Clone, PartialEq, Oneof)]
pub enum DimensionValue {
    /// Number of elements.
    #[prost(int64, tag = "1")]
    Fixed(i64),
    /// Name of an extent; equal names are equal extents.
    #[prost(string, tag = "2")]
    Named(String),
}
