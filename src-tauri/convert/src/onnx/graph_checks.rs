//! Checks that the tests of all families make: a graph decodes, every value has a source, and inputs
//! and outputs are as expected.

use std::collections::BTreeSet;

use pounce_model_format::onnx::{
    DimensionValue, GraphProto, ModelProto, NodeProto, ValueInfoProto,
};

/// Encodes the model, decodes it and returns its graph.
pub(crate) fn decoded(model: &ModelProto) -> GraphProto {
    let decoded = ModelProto::from_bytes(&model.to_bytes()).unwrap();
    assert_eq!(decoded, *model, "what was written can be read again");
    decoded.graph.unwrap()
}

/// Checks that every input of a node is an input of the graph, a constant, or the output of an
/// earlier node.
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

/// Returns names and extents of inputs or outputs, such as `logits [1, n_tokens, 600]`.
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

/// Returns the nodes of one operator.
pub(crate) fn nodes<'a>(graph: &'a GraphProto, op: &str) -> Vec<&'a NodeProto> {
    graph.node.iter().filter(|node| node.op_type() == op).collect()
}
