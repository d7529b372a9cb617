//! How far a conversion is, for whoever shows it.

use std::fmt;

/// A stretch of a conversion that is worth a line on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The embedding, and the head if it is not the same matrix.
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

/// Is told how a conversion goes on. `()` ignores it.
pub trait Progress {
    /// A step begins that will read this many bytes of the checkpoint.
    fn begin(&mut self, step: Step, total_bytes: u64);

    /// So many more bytes of the checkpoint have been read.
    fn advance(&mut self, bytes: u64);

    /// Whether the conversion is to be given up; asked every few megabytes. It then ends with
    /// [`ConvertError::Cancelled`](crate::ConvertError::Cancelled) and leaves nothing behind.
    fn is_cancelled(&self) -> bool {
        false
    }
}

impl Progress for () {
    fn begin(&mut self, _: Step, _: u64) {}

    fn advance(&mut self, _: u64) {}
}
