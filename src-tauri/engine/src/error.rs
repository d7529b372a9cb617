//! [`EngineError`], the one error type of this crate.
//!
//! Every message names the thing and, where the reader can do something, the remedy. The text of
//! a prompt or a completion never appears in one.

use std::path::PathBuf;

use pounce_model_format::ManifestError;

/// Why a model could not be loaded or a completion could not be made.
///
/// Cancelling is no error: it is [`FinishReason::Cancelled`](crate::FinishReason::Cancelled).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// ONNX Runtime's shared library is missing, or not a usable one.
    #[error("cannot load ONNX Runtime from {}: {reason}; run `make setup`, or set POUNCE_ORT_LIBRARY to libonnxruntime", path.display())]
    Runtime {
        /// The library that was tried.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// The manifest is missing, of another format, or does not match the files beside it.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A graph is damaged, or needs an operator that this runtime lacks.
    #[error("cannot open {}: {reason}; the model is damaged, install it again", path.display())]
    Graph {
        /// The .onnx file.
        path: PathBuf,
        /// What the runtime said.
        reason: String,
    },
    /// `tokenizer.json` cannot be used.
    #[error("cannot use {}: {reason}; install the model again", path.display())]
    Tokenizer {
        /// The tokenizer file.
        path: PathBuf,
        /// What the parser said.
        reason: String,
    },
    /// The tokenizer knows ids that the network does not.
    #[error(
        "the tokenizer has {tokenizer} tokens and the model {model}: they do not belong together, install the model again"
    )]
    Vocabulary {
        /// One more than the highest id of the tokenizer.
        tokenizer: usize,
        /// Width of the model's logits.
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
    /// Nothing to complete.
    #[error("there is no code before the cursor: give at least one character that is not blank")]
    EmptyPrompt,
    /// A field of the generation config is out of range.
    #[error("{field} is {value}, which is not {allowed}")]
    Config {
        /// The field's name.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// The runtime failed in the middle of a completion.
    #[error("{stage} failed: {reason}")]
    Run {
        /// The stage: `encode`, `decode`.
        stage: &'static str,
        /// What the runtime said.
        reason: String,
    },
}
