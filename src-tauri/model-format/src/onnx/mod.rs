//! The part of `onnx.proto` that the converter writes and the kernels read, for `prost`.
//!
//! Message and field names are those of ONNX 1.16 (IR version 10), and so are the field numbers.
//! The schema is proto2: what is `optional` there is an `Option` here, because an integer
//! attribute of 0 has to be written. `prost` adds a method of the field's name to each message,
//! which returns the default where the field is `None`.

mod decode_error;
mod fields;
mod ggml_operator;
mod graph;
mod tensor;
mod value_info;

pub use decode_error::DecodeError;
pub use ggml_operator::{GGML_FORMATS, GGML_GATHER, GGML_MAT_MUL, GgmlOperator, POUNCE_DOMAIN};
pub use graph::{
    AttributeKind, AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
};
pub use tensor::{DataLocation, ElementType, StringStringEntryProto, TensorProto};
pub use value_info::{
    DimensionProto, DimensionValue, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
