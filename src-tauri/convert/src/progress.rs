//! [`Progress`]: reports of how far a conversion is.

use std::fmt;

/// A part of a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The embedding, and the head unless it is the same matrix.
    Embedding,
    /// The encoder's layers.
    Encoder,
    /// The decoder's layers.
    Decoder,
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Embedding => "embedding",
            Self::Encoder => "encoder",
            Self::Decoder => "decoder",
        })
    }
}

/// Receives the progress of a conversion. `()` ignores it.
pub trait Progress {
    /// A step begins, which will read `total_bytes` of the checkpoint.
    fn begin(&mut self, step: Step, total_bytes: u64);

    /// Another `bytes` of the checkpoint have been read.
    fn advance(&mut self, bytes: u64);

    /// Whether to cancel the conversion, which then fails with
    /// [`ConvertError::Cancelled`](crate::ConvertError::Cancelled). Called every few megabytes.
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Progress for () {
    fn begin(&mut self, _: Step, _: u64) {}

    fn advance(&mut self, _: u64) {}
}
