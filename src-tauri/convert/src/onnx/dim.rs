//! [`Dim`]: extents of the inputs and outputs of a graph.

use pounce_model_format::onnx::{
    DimensionProto, DimensionValue, ElementType, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};

/// The extent of an input or output along one axis.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dim {
    /// Known when the model is converted.
    Fixed(usize),
    /// Known when the graph runs. Equal names stand for equal extents.
    Named(&'static str),
}

/// Describes an input or output.
pub(super) fn value_info(name: &str, element: ElementType, dims: &[Dim]) -> ValueInfoProto {
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
