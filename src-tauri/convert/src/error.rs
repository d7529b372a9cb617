//! [`ConvertError`]: why a checkpoint cannot be converted. Every message names the thing and the
//! remedy.

use std::io;
use std::path::{Path, PathBuf};

use pounce_model_format::one_line;

/// The one error type of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// A file of the checkpoint cannot be read.
    #[error("cannot read {}: is the checkpoint complete?", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file of the model cannot be written.
    #[error("cannot write {}: check the disk's space and the folder's permissions", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The output folder is not empty.
    #[error("{} is there already: remove it or choose another folder", path.display())]
    OutputExists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has no weights in a known format.
    #[error(
        "{} has no model.safetensors or pytorch_model.bin, whole or in shards: \
         is it a checkpoint folder?", dir.display()
    )]
    NoWeights {
        /// The folder.
        dir: PathBuf,
    },
    /// A file breaks its format, or is not complete.
    #[error("{} is damaged: {problem}; fetch it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file is sound but of a kind that is not supported.
    #[error("cannot use {}: {problem}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it is, and what to do.
        problem: String,
    },
    /// A pickle names a Python object that weights do not need.
    #[error(
        "{} names `{}`, which weights do not need: \
         do not trust this file, use a model.safetensors", path.display(), global.escape_debug()
    )]
    ForbiddenGlobal {
        /// The file.
        path: PathBuf,
        /// Module and name of the object.
        global: String,
    },
    /// A key of `config.json` has a value that no model has.
    #[error("config.json: {key} {problem}")]
    Config {
        /// The key.
        key: &'static str,
        /// What is wrong with it, and which values are allowed.
        problem: String,
    },
    /// The model is of a family that is not supported.
    #[error(
        "model type `{model_type}` is not supported: \
         use a checkpoint of one of the families {supported}"
    )]
    UnknownFamily {
        /// `model_type` of `config.json`, or `general.architecture` of a GGUF file.
        model_type: String,
        /// The names of the families that are.
        supported: String,
    },
    /// The checkpoint lacks a tensor that the config implies.
    #[error(
        "the checkpoint lacks the tensor {}: does its config belong to it?", tensor.escape_debug()
    )]
    MissingTensor {
        /// The tensor's name.
        tensor: String,
    },
    /// The checkpoint has a tensor that the config does not imply.
    #[error(
        "the checkpoint has {count} tensors that its config does not imply, \
         such as {}: do they belong together?", tensor.escape_debug()
    )]
    UnknownTensor {
        /// The name of the first one.
        tensor: String,
        /// The number of such tensors.
        count: usize,
    },
    /// A tensor has another shape than the config implies.
    #[error(
        "{} has shape {found:?}, the config implies {expected:?}: do they belong together?",
        tensor.escape_debug()
    )]
    Shape {
        /// The tensor's name.
        tensor: String,
        /// The shape that the config implies.
        expected: Vec<usize>,
        /// The shape in the checkpoint.
        found: Vec<usize>,
    },
    /// The elements of a tensor are not floats.
    #[error(
        "{} has the element type {found}: save the checkpoint as F32, F16 or BF16",
        tensor.escape_debug()
    )]
    ElementType {
        /// The tensor's name.
        tensor: String,
        /// The type's name in the checkpoint.
        found: String,
    },
    /// A tensor of a GGUF file is in a format that is not supported.
    #[error(
        "{} has the ggml type {code}: use a file with F32, F16, BF16, Q8_0, Q6_K, Q5_K, \
         Q5_1, Q5_0, Q4_K, Q4_1 or Q4_0", tensor.escape_debug()
    )]
    BlockFormat {
        /// The tensor's name.
        tensor: String,
        /// The type's number in ggml.
        code: u32,
    },
    /// A tensor has a value that is NaN or infinite.
    #[error(
        "{} has a value that is not finite: the training or the file is broken",
        tensor.escape_debug()
    )]
    NotFinite {
        /// The tensor's name.
        tensor: String,
    },
    /// The rows of a matrix cannot be divided into blocks.
    #[error(
        "rows of {} have {columns} columns, not a multiple of 16: use no quantization",
        tensor.escape_debug()
    )]
    BlockSize {
        /// The tensor's name.
        tensor: String,
        /// The length of a row.
        columns: usize,
    },
    /// [`Progress::is_cancelled`](crate::Progress::is_cancelled) returned true.
    #[error("the conversion was cancelled")]
    Cancelled,
    /// The folder has no tokenizer.
    #[error(
        "{} has neither tokenizer.json nor vocab.json with merges.txt: \
         add the model's tokenizer", dir.display()
    )]
    NoTokenizer {
        /// The folder.
        dir: PathBuf,
    },
    /// The tokenizer has ids beyond the model's vocabulary.
    #[error(
        "the tokenizer has the id {id} for {token:?}, the model's vocabulary ends at {vocab_size}: \
         this is another model's tokenizer"
    )]
    ForeignTokenizer {
        /// The largest id.
        id: u64,
        /// The token with that id.
        token: String,
        /// Rows of the embedding.
        vocab_size: usize,
    },
}

/// Returns the first characters of an untrusted name, for a message, which has to escape them.
pub(crate) fn beginning(name: &str) -> String {
    const MAX_CHARS: usize = 60;
    name.chars().take(MAX_CHARS).collect()
}

impl ConvertError {
    /// For `map_err`: this file cannot be read.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Read { path: path.to_owned(), source }
    }

    /// For `map_err`: this file cannot be written.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Write { path: path.to_owned(), source }
    }

    /// Returns the error that this file is damaged.
    pub(crate) fn damaged(path: &Path, problem: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), problem: one_line(&problem.to_string()) }
    }
}
