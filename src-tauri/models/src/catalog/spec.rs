//! [`ModelSpec`]: one entry of the catalogue.

use serde::{Deserialize, Serialize};

use super::context_quality::ContextQuality;
use super::{model_id::ModelId, source_spec::SourceSpec, tier::Tier};

/// One entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// The name it is installed under.
    pub id: ModelId,
    /// Its name as its authors write it.
    pub name: String,
    /// What it is good for, in one line that is shown to the user.
    pub summary: String,
    /// The architecture, as `model_type` in its configuration: `t5`, `llama`, `qwen2`.
    pub family: String,
    /// The name of its folder in a models folder.
    pub folder: String,
    /// Its size class.
    pub tier: Tier,
    /// Whether it is loaded first when the settings name no default.
    #[serde(default, rename = "default")]
    pub is_default: bool,
    /// The licence of the weights, as an SPDX identifier.
    pub licence: String,
    /// The number of trained weights.
    pub n_parameters: u64,
    /// The longest prompt it was trained on, in tokens.
    pub context_tokens: usize,
    /// The form of its prompts.
    pub prompt: PromptKind,
    /// The programming languages it was trained on, by the engine's names where it has one. Empty
    /// if its authors give no list, or a very long one.
    pub languages: Vec<String>,
    /// How good its completions are; `None` if that was not measured.
    pub quality: Option<Quality>,
    /// How many of the hundred short snippets in `tests/snippets` it completes as was to be expected;
    /// `None` if that was not measured.
    #[serde(default)]
    pub accepted_snippets: Option<u32>,
    /// How good it is by kind of context, on the cases that come with the program; `None` if that was
    /// not measured.
    #[serde(default)]
    pub quality_by_context: Option<ContextQuality>,
    /// Where its files are; `None` for the model that is part of the program.
    pub source: Option<SourceSpec>,
}

impl ModelSpec {
    /// Whether it is part of the program.
    pub fn is_embedded(&self) -> bool {
        self.source.is_none()
    }

    /// Whether the checksums of all its files are known before the download.
    pub fn is_pinned(&self) -> bool {
        let files = self.source.iter().flat_map(|source| &source.files);
        files.into_iter().all(|file| file.sha256.is_some())
    }

    /// Bytes to download; `None` if the catalogue does not have the size of every file.
    pub fn size_bytes(&self) -> Option<u64> {
        self.source.as_ref()?.files.iter().map(|file| file.size_bytes).sum()
    }
}

/// The form of a model's prompts. Its special tokens are in the manifest that the converter writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptKind {
    /// The code on both sides of a sentinel token, which the model replaces.
    Sentinel,
    /// Prefix and suffix behind special tokens; the model writes the middle.
    FillInTheMiddle,
    /// The prefix alone: the model does not see the suffix.
    Plain,
}

/// Quality on held-out single-line completions. Shares and similarities are from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Quality {
    /// Share of exact matches when the prompt has the suffix.
    pub exact_match: f64,
    /// Mean edit similarity when the prompt has the suffix.
    pub edit_similarity: f64,
    /// Share of exact matches when the prompt ends at the cursor.
    pub exact_match_without_suffix: f64,
    /// Mean edit similarity when the prompt ends at the cursor.
    pub edit_similarity_without_suffix: f64,
    /// Number of completions measured.
    pub n_cases: usize,
}
