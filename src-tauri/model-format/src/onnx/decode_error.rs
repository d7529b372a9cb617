//! [`DecodeError`]: why bytes are not used as a graph.

use super::fields::MAX_FIELDS;

/// Why bytes are not used as a graph.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// They are no protocol buffer with the fields of a graph.
    #[error(transparent)]
    Format(#[from] prost::DecodeError),
    /// Decoded, they would fill the memory.
    #[error("it has more than {MAX_FIELDS} fields")]
    TooManyFields,
}
