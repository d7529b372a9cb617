//! [`ModelSpec`]: one entry of the catalogue, with where its files come from.
//!
//! A checksum, a size or a revision that nobody could check when the entry was written is `null`:
//! the first download fills it in for this user, in the pins file.

use serde::{Deserialize, Serialize};

use super::{ModelId, Tier};

/// One entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Its id.
    pub id: ModelId,
    /// What people call it.
    pub name: String,
    /// What it is, in a line for people.
    pub summary: String,
    /// The architecture: `t5`, `llama`, `qwen2`.
    pub family: String,
    /// Its folder's name below a models folder.
    pub folder: String,
    /// Its rank.
    pub tier: Tier,
    /// Whether it is the one loaded first, when the settings name none.
    #[serde(default, rename = "default")]
    pub is_default: bool,
    /// Of the weights, as an SPDX identifier.
    pub licence: String,
    /// Trained weights.
    pub n_parameters: u64,
    /// The longest prompt it was trained on, in tokens.
    pub context_tokens: usize,
    /// How it is asked.
    pub prompt: PromptKind,
    /// What it was trained on, by the names that the engine uses where it has one. Empty where its
    /// authors give no list, or a very long one.
    pub languages: Vec<String>,
    /// How good its completions are; `None` where nobody here has measured it.
    pub quality: Option<Quality>,
    /// Where its files are; `None` for the model that comes with the program.
    pub source: Option<SourceSpec>,
}

impl ModelSpec {
    /// Whether it comes with the program.
    pub fn is_embedded(&self) -> bool {
        self.source.is_none()
    }

    /// Whether all that is to be downloaded is known by its checksum.
    pub fn is_pinned(&self) -> bool {
        let files = self.source.iter().flat_map(|source| &source.files);
        files.into_iter().all(|file| file.sha256.is_some())
    }

    /// Bytes to download; `None` where the sizes are not known before.
    pub fn size_bytes(&self) -> Option<u64> {
        self.source.as_ref()?.files.iter().map(|file| file.size_bytes).sum()
    }
}

/// How a model is asked. The tokens themselves are in the manifest that the converter writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptKind {
    /// The code on both sides of a sentinel token.
    Sentinel,
    /// Prefix and suffix, then the middle.
    FillInTheMiddle,
    /// The prefix alone; the suffix is not seen.
    Plain,
}

/// Quality on held-out single-line completions; shares and similarities are from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Right to the character, with the suffix known.
    pub exact_match: f64,
    /// Mean edit similarity, with the suffix known.
    pub edit_similarity: f64,
    /// Right to the character, with nothing known after the cursor.
    pub exact_match_without_suffix: f64,
    /// Mean edit similarity, with nothing known after the cursor.
    pub edit_similarity_without_suffix: f64,
    /// Cases measured.
    pub n_cases: usize,
}

/// A repository in the layout of Hugging Face.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// `user/name`.
    pub repo: String,
    /// The commit; `None` where none could be checked: what `main` is at the first download.
    pub revision: Option<String>,
    /// Files that make up the model: one GGUF, or those of a checkpoint. Of a checkpoint the
    /// [installer](crate::install) takes a newer form where there is one: safetensors before a
    /// pickle, `tokenizer.json` before its two predecessors.
    pub files: Vec<FileSpec>,
}

/// One file of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// Its path in the repository.
    pub path: String,
    /// Its size; `None` where it could not be checked.
    pub size_bytes: Option<u64>,
    /// SHA-256 in lower-case hexadecimal; `None` where it could not be checked.
    pub sha256: Option<String>,
}
