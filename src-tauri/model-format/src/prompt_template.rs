//! Prompt templates: the order and the special tokens with which a family of models was trained
//! to read the code around a cursor. Tokens are given by their text, and the tokenizer has their ids.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How prefix, suffix, language and mode become one token sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PromptTemplate {
    /// Encoder input of T5 models: `start language prefix SENTINEL suffix end`.
    Sentinel(SentinelTokens),
    /// Fill in the middle of decoder-only models: `PREFIX prefix SUFFIX suffix MIDDLE`.
    FillInTheMiddle(FimTokens),
    /// The prefix alone, which the model continues. It does not read the suffix.
    Plain,
}

/// Special tokens around a T5 encoder's input. An empty string leaves the token out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentinelTokens {
    /// Before everything: `<s>` for CodeT5, nothing for the embedded model.
    pub start: String,
    /// After everything: `</s>` for CodeT5, nothing for the embedded model.
    pub end: String,
    /// The sentinel at the cursor when the rest of a line is wanted.
    pub line: String,
    /// The sentinel at the cursor when the rest of a block is wanted.
    pub block: String,
    /// The sentinel at the cursor when the completion has no bound.
    pub free: String,
    /// Language tokens by the name of the language; empty if the model was trained without them.
    pub languages: BTreeMap<String, String>,
    /// The token for a language that `languages` lacks.
    pub unknown_language: String,
    /// Whether the decoder repeats the sentinel before the completion (CodeT5's span denoising).
    pub sentinel_in_output: bool,
}

/// Special tokens of a fill-in-the-middle prompt (Qwen, StarCoder, CodeGemma).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FimTokens {
    /// Before the prefix: `<|fim_prefix|>`.
    pub prefix: String,
    /// Before the suffix: `<|fim_suffix|>`.
    pub suffix: String,
    /// After the suffix, before the completion: `<|fim_middle|>`.
    pub middle: String,
}
