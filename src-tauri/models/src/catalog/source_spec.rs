//! [`SourceSpec`]: where the catalogue says that a model's files are.
//!
//! A checksum, size or revision that could not be checked when the entry was written is `null`. The
//! first download fills it in for this user, in the checksum lock file.

use serde::Deserialize;

/// A repository in the layout of Hugging Face.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// `user/name`.
    pub repo: String,
    /// The commit; `None` is the head of `main` at the first download.
    pub revision: Option<String>,
    /// The files that make up the model: one GGUF file, or those of a checkpoint. Of a checkpoint
    /// the [installer](crate::install) takes a newer form where there is one: safetensors before a
    /// pickle, `tokenizer.json` before the two files that preceded it.
    pub files: Vec<FileSpec>,
}

/// One file of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// Its path in the repository.
    pub path: String,
    /// Its size; `None` if it could not be checked.
    pub size_bytes: Option<u64>,
    /// SHA-256 in lower-case hexadecimal; `None` if it could not be checked.
    pub sha256: Option<String>,
}
