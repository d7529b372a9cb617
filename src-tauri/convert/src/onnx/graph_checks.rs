//! What tests of all families ask of a graph: that it decodes, that every value has a source, and
//! what goes in and out.

use std::collections::BTreeSet;

use prost::Message;

use crate::onnx::{DimensionValue, GraphProto, ModelProto, NodeProto, ValueInfoProto};

/// The graph as it is read back from its bytes.
pub(crate) fn decoded(model: &ModelProto) -> GraphProto {
    let decoded = ModelProto::decode(model.encode_to_vec().as_slice()).unwrap();
    assert_eq!(decoded, *model, "what was written can be read again");
    decoded.graph.unwrap()
}

/// Every input of a node is an input of the graph, a constant, or made by a node before it.
pub(crate) fn check_order(graph: &GraphProto) {
    let inputs = graph.input.iter().flat_map(|input| input.name.clone());
    let constants = graph.initializer.iter().flat_map(|tensor| tensor.name.clone());
    let mut known: BTreeSet<String> = inputs.chain(constants).collect();
    for node in &graph.node {
        for input in node.input.iter().filter(|input| !input.is_empty()) {
            assert!(known.contains(input), "{:?} needs {input} before there is one", node.name);
        }
        known.extend(node.output.iter().cloned());
    }
    for output in &graph.output {
        assert!(known.contains(output.name()), "nothing makes the output {:?}", output.name);
    }
}

/// Names and extents of inputs or outputs: `logits [1, n_tokens, 600]`.
pub(crate) fn described(values: &[ValueInfoProto]) -> Vec<String> {
    let dims = |value: &ValueInfoProto| -> Vec<String> {
        let tensor = value.r#type.clone().unwrap().tensor_type.unwrap();
        let dims = tensor.shape.unwrap().dim.into_iter();
        dims.map(|dim| match dim.value.unwrap() {
            DimensionValue::Fixed(extent) => extent.to_string(),
            DimensionValue::Named(name) => name,
        })
        .collect()
    };
    values.iter().map(|value| format!("{} [{}]", value.name(), dims(value).join(", "))).collect()
}

/// The nodes of one operator.
pub(crate) fn nodes<'a>(graph: &'a GraphProto, op: &str) -> Vec<&'a NodeProto> {
    graph.node.iter().filter(|node| node.op_type() == op).collect()
}
