//! [`T5Error`], the one error type of this crate.

/// Why a model's encoder or decoder cannot be opened or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum T5Error {
    /// A file cannot be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// The graph is no ONNX file.
    #[error("it is no ONNX graph: {0}")]
    Decode(#[from] prost::DecodeError),
    /// The graph names what is not in the files.
    #[error("{0} is missing, or not as long as it should be")]
    Tensor(String),
    /// A prompt token that the vocabulary lacks, or more tokens than the model can tell apart.
    #[error("{0}")]
    Input(String),
    /// The run was given up.
    #[error("cancelled")]
    Cancelled,
}
