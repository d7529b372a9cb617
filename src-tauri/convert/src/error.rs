//! Why a checkpoint cannot be converted. Every message names the thing and the remedy.

use std::io;
use std::path::{Path, PathBuf};

/// The one error type of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// A file of the checkpoint cannot be read.
    #[error("cannot read {}: is the checkpoint complete?", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the model cannot be written.
    #[error("cannot write {}: check the disk's space and the folder's permissions", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The output folder is in use.
    #[error("{} is there already: remove it or choose another folder", path.display())]
    OutputExists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds no weights of a known format.
    #[error(
        "{} has no model.safetensors or pytorch_model.bin, whole or in shards: \
         is it a checkpoint folder?", dir.display()
    )]
    NoWeights {
        /// The folder.
        dir: PathBuf,
    },
    /// A file is not what its name promises, or a part of it is missing.
    #[error("{} is damaged: {problem}; fetch it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        problem: String,
    },
    /// A file is sound but of a kind that is not read.
    #[error("cannot use {}: {problem}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it is, and what to do.
        problem: String,
    },
    /// A pickle asks for something other than tensors.
    #[error(
        "{} names `{global}`, which weights have no need of: \
         do not trust this file, use a model.safetensors", path.display()
    )]
    ForbiddenGlobal {
        /// The file.
        path: PathBuf,
        /// Module and name of the Python object.
        global: String,
    },
    /// `config.json` lacks a key or gives it a value that no model has.
    #[error("config.json: {key} {problem}")]
    Config {
        /// The key.
        key: &'static str,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// The checkpoint is of a family that has no converter.
    #[error(
        "model type `{model_type}` is not supported: \
         use a checkpoint of the T5, Llama or Qwen2 family"
    )]
    UnknownFamily {
        /// `model_type` of `config.json`, or `general.architecture` of a GGUF file.
        model_type: String,
    },
    /// The config promises a tensor that the checkpoint lacks.
    #[error("the checkpoint lacks the tensor {tensor}: does its config belong to it?")]
    MissingTensor {
        /// The tensor's name.
        tensor: String,
    },
    /// The checkpoint holds a tensor that the config does not speak of.
    #[error(
        "the checkpoint has {count} tensors that its config does not speak of, \
         such as {tensor}: do they belong together?"
    )]
    UnknownTensor {
        /// The first of them, by name.
        tensor: String,
        /// How many there are.
        count: usize,
    },
    /// A tensor has another shape than the config says.
    #[error(
        "{tensor} has shape {found:?}, the config wants {expected:?}: do they belong together?"
    )]
    Shape {
        /// The tensor's name.
        tensor: String,
        /// By the config.
        expected: Vec<usize>,
        /// In the checkpoint.
        found: Vec<usize>,
    },
    /// A tensor is not of a float type.
    #[error("{tensor} has the element type {found}: save the checkpoint as F32, F16 or BF16")]
    ElementType {
        /// The tensor's name.
        tensor: String,
        /// The type's name in the checkpoint.
        found: String,
    },
    /// A tensor of a GGUF file is in blocks that are not read.
    #[error(
        "{tensor} has the ggml type {code}: use a file with F32, F16, BF16, Q8_0, Q6_K, Q5_K, \
         Q5_1, Q5_0, Q4_K, Q4_1 or Q4_0"
    )]
    BlockFormat {
        /// The tensor's name.
        tensor: String,
        /// The type's number in ggml.
        code: u32,
    },
    /// A tensor holds NaN or infinity.
    #[error("{tensor} holds a value that is not finite: the training or the file is broken")]
    NotFinite {
        /// The tensor's name.
        tensor: String,
    },
    /// A matrix whose rows cannot be cut into blocks.
    #[error("rows of {tensor} have {columns} columns, not a multiple of 16: use no quantization")]
    BlockSize {
        /// The tensor's name.
        tensor: String,
        /// The length of a row.
        columns: usize,
    },
    /// The progress said that nobody waits for the model any more.
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
    /// The tokenizer knows ids that the model does not.
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

/// As much of a foreign name as an error shows; whoever shows it escapes it.
pub(crate) fn beginning(name: &str) -> String {
    const MAX_CHARS: usize = 60;
    name.chars().take(MAX_CHARS).collect()
}

impl ConvertError {
    /// For `map_err`: this file could not be read.
    pub(crate) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Read { path: path.to_owned(), source }
    }

    /// For `map_err`: this file could not be written.
    pub(crate) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Write { path: path.to_owned(), source }
    }

    /// This file is not what its name promises.
    pub(crate) fn damaged(path: &Path, problem: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), problem: problem.to_string() }
    }
}
