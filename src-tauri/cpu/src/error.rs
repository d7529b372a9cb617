//! [`CpuError`], the one error type of this crate.

/// The reason why a model's encoder or decoder cannot be opened or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CpuError {
    /// A file of the model cannot be read.
    #[error("{name} cannot be read: {source}")]
    Read {
        /// The file's name in the model's folder.
        name: &'static str,
        /// The system's error.
        source: std::io::Error,
    },
    /// The memory that the weights are packed into cannot be reserved.
    #[error("not enough memory for the model's weights: {0}")]
    Memory(std::io::Error),
    /// The system cannot start a thread.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
    /// The graph is not an ONNX file.
    #[error("not an ONNX graph: {0}; install the model again")]
    Decode(#[from] pounce_model_format::onnx::DecodeError),
    /// A tensor that the graph names is missing from the files, has the wrong length, or has
    /// elements that are not finite.
    #[error("tensor {} is missing or damaged; install the model again", .0.escape_debug())]
    Tensor(String),
    /// The arguments of a run are invalid: an id that is not in the vocabulary, too many tokens, or
    /// no prompt.
    #[error("{0}")]
    Input(String),
    /// The caller cancelled the run.
    #[error("cancelled")]
    Cancelled,
}
