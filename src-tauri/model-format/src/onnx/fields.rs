//! Counts the fields of a protocol buffer before it is decoded: an empty message takes two bytes in
//! a file and a hundred times that in memory.

use prost::encoding::{WireType, decode_key, decode_varint};

/// The most fields that a graph may have, with those of its messages, as counted here. Measured:
/// 11,948 for the two graphs of the embedded model, 19,471 for the 24 layers of Qwen2.5-Coder-0.5B,
/// 23,520 for the 30 layers of SmolLM2-135M.
pub(super) const MAX_FIELDS: usize = 300_000;

/// The messages of a graph contain each other no deeper: model, graph, input, type, tensor, shape,
/// dimension.
const MAX_DEPTH: usize = 7;

/// Whether `bytes`, a message, have more than [`MAX_FIELDS`] fields. What is delimited by its length
/// is counted as a message as far as it could be one, so the count is never too low.
pub(super) fn are_too_many(bytes: &[u8]) -> bool {
    let mut n_fields = 0;
    count(bytes, 1, &mut n_fields);
    n_fields > MAX_FIELDS
}

/// Adds the fields of a message and of the messages in it to `n_fields`. `None` where it ends as no
/// message does.
fn count(mut bytes: &[u8], depth: usize, n_fields: &mut usize) -> Option<()> {
    while !bytes.is_empty() {
        *n_fields += 1;
        let (_, wire_type) = decode_key(&mut bytes).ok()?;
        let n_skipped = match wire_type {
            WireType::Varint => decode_varint(&mut bytes).map(|_| 0).ok()?,
            WireType::ThirtyTwoBit => 4,
            WireType::SixtyFourBit => 8,
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
                if depth < MAX_DEPTH {
                    count(bytes.get(..length)?, depth + 1, n_fields);
                }
                length
            }
            WireType::StartGroup | WireType::EndGroup => 0,
        };
        bytes = bytes.get(n_skipped..)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{
        DecodeError, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto,
    };

    fn model(graph: GraphProto) -> ModelProto {
        ModelProto { graph: Some(graph), ..ModelProto::default() }
    }

    fn nodes(n: usize) -> GraphProto {
        GraphProto { node: vec![NodeProto::default(); n], ..GraphProto::default() }
    }

    #[test]
    fn empty_messages_at_any_depth_are_counted_before_they_are_decoded() {
        let node = NodeProto { input: vec![String::new(); MAX_FIELDS], ..NodeProto::default() };
        for graph in [
            nodes(MAX_FIELDS),
            GraphProto { node: vec![node], ..GraphProto::default() },
            GraphProto {
                input: vec![ValueInfoProto::default(); MAX_FIELDS],
                ..GraphProto::default()
            },
            GraphProto {
                initializer: vec![TensorProto::default(); MAX_FIELDS],
                ..GraphProto::default()
            },
        ] {
            let bytes = model(graph).to_bytes();
            assert_eq!(ModelProto::from_bytes(&bytes), Err(DecodeError::TooManyFields));
        }
        let graph = nodes(MAX_FIELDS / 2);
        assert!(ModelProto::from_bytes(&model(graph).to_bytes()).is_ok(), "half as many are read");
    }

    #[test]
    fn the_largest_graph_that_is_decoded_takes_less_than_a_tenth_of_a_gigabyte() {
        let largest =
            [size_of::<NodeProto>(), size_of::<TensorProto>(), size_of::<ValueInfoProto>()];
        // A vector that grows has room for twice as many elements at most.
        let n_bytes = largest.into_iter().max().unwrap_or_default() * MAX_FIELDS * 2;
        assert!(n_bytes < 100 << 20, "{n_bytes} bytes");
    }

    #[test]
    fn damage_at_the_end_does_not_hide_the_fields_before_it() {
        let mut bytes = model(nodes(MAX_FIELDS)).to_bytes();
        bytes.push(0xff);
        assert_eq!(ModelProto::from_bytes(&bytes), Err(DecodeError::TooManyFields));
    }

    #[test]
    fn what_a_graph_holds_is_counted() {
        let node = NodeProto { input: vec![String::new(); 2], ..NodeProto::default() };
        let model = model(GraphProto { node: vec![node; 3], ..GraphProto::default() });
        let mut n_fields = 0;
        assert_eq!(count(&model.to_bytes(), 1, &mut n_fields), Some(()));
        assert_eq!(n_fields, 1 + 3 * 3, "graph, nodes, inputs");
    }
}
