//! ONNX graphs: a builder, and the parts that all families have.

mod dim;
pub(crate) mod graph_builder;
#[cfg(test)]
pub(crate) mod graph_checks;
mod linear;
pub(crate) mod node;
pub(crate) mod residual;
#[cfg(test)]
pub(crate) mod shape_inference;

pub(crate) use dim::Dim;
