//! [`Node`]: one operator of a graph, with its inputs and attributes.

use pounce_model_format::onnx::{AttributeKind, AttributeProto, NodeProto, POUNCE_DOMAIN};

/// The domain of ONNX Runtime's own fused operators.
pub(super) const MICROSOFT_DOMAIN: &str = "com.microsoft";

/// A tensor inside a graph, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value(pub(super) String);

impl Value {
    /// Returns a name for a part of this value.
    pub(crate) fn part(&self, part: &str) -> String {
        format!("{}:{part}", self.0)
    }
}

/// An operator under construction.
#[derive(Debug)]
pub(crate) struct Node {
    pub(super) proto: NodeProto,
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

    /// An operator of our own.
    pub(crate) fn pounce(op: &str) -> Self {
        Self::in_domain(POUNCE_DOMAIN, op)
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

    /// Leaves out the next `count` optional inputs.
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
