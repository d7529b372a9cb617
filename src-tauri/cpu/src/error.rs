//! [`T5Error`], the one error type of this crate.

/// Why a model's encoder or decoder cannot be opened or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum T5Error {
    /// A file cannot be read.
    #[error("{name} cannot be read: {source}")]
    Read {
        /// The file's name in the model's folder.
        name: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no room to pack the weights into.
    #[error("there is no memory for its weights: {0}")]
    Memory(std::io::Error),
    /// The system has no thread to spare.
    #[error("a thread does not start: {0}")]
    Thread(std::io::Error),
    /// The graph is no ONNX file.
    #[error("it is no ONNX graph: {0}")]
    Decode(#[from] prost::DecodeError),
    /// The graph names what is not in the files.
    #[error("{0} is missing, not as long as it should be, or not made of numbers")]
    Tensor(String),
    /// A prompt token that the vocabulary lacks, more tokens than the model can tell apart, or no prompt at all.
    #[error("{0}")]
    Input(String),
    /// The run was given up.
    #[error("cancelled")]
    Cancelled,
}
