//! [`EngineError`]: why the engine failed.
//!
//! Every message is one line that names the cause and, if there is one, the remedy. No message has
//! the text of a prompt or a completion.

use std::path::PathBuf;

use pounce_model_format::ManifestError;

/// Why a model could not be loaded or run.
///
/// A cancelled completion is not an error: it ends with
/// [`FinishReason::Cancelled`](crate::FinishReason::Cancelled).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// ONNX Runtime's shared library is missing or cannot be used.
    #[error("cannot load ONNX Runtime from {}: {reason}; run `make setup`, or set POUNCE_ORT_LIBRARY to libonnxruntime", path.display())]
    Runtime {
        /// The library's file.
        path: PathBuf,
        /// The loader's message.
        reason: String,
    },
    /// The manifest is missing, has another format, or does not match the files beside it.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A graph is damaged, or has an operator that this ONNX Runtime lacks.
    #[error("cannot open {}: {reason}; the model is damaged, install it again", path.display())]
    Graph {
        /// The graph's .onnx file.
        path: PathBuf,
        /// The runtime's message.
        reason: String,
    },
    /// `tokenizer.json` is missing or cannot be used.
    #[error("cannot use {}: {reason}; install the model again", path.display())]
    Tokenizer {
        /// The tokenizer's file.
        path: PathBuf,
        /// The parser's message.
        reason: String,
    },
    /// The tokenizer has more tokens than the network.
    #[error(
        "the tokenizer has {tokenizer} tokens and the model {model}: they do not belong together, install the model again"
    )]
    Vocabulary {
        /// One more than the tokenizer's highest id.
        tokenizer: usize,
        /// Length of the model's logits.
        model: usize,
    },
    /// A token that the manifest names is not in the vocabulary.
    #[error(
        "the tokenizer has no token {token:?}, which the manifest names: convert the model again"
    )]
    MissingToken {
        /// The token's text.
        token: String,
    },
    /// There is no code before the cursor.
    #[error("there is no code before the cursor: give at least one character that is not blank")]
    EmptyPrompt,
    /// A field of the generation config is out of range.
    #[error("{field} is {value}, which is not {allowed}")]
    Config {
        /// The field's name.
        field: &'static str,
        /// The field's value.
        value: String,
        /// The values that are valid.
        allowed: &'static str,
    },
    /// The runtime failed during a run, or the run was cancelled.
    #[error("{stage} failed: {reason}")]
    Run {
        /// The stage that failed, such as `encode` or `decode`.
        stage: &'static str,
        /// The runtime's message.
        reason: String,
    },
}
