//! Prompt templates: the order and the special tokens in which a family of models was trained
//! to see the code around a cursor. Tokens are given by their text; the tokenizer knows the ids.

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
    /// Plain continuation: the prefix alone. The suffix is not shown to the model.
    Plain,
}

/// Special tokens around a T5 encoder input. Empty strings stand for "no token here".
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
    /// The sentinel at the cursor for a free run.
    pub free: String,
    /// Language name to language token; empty when the model was trained without them.
    pub languages: BTreeMap<String, String>,
    /// The token for a language that `languages` lacks.
    pub unknown_language: String,
    /// The decoder repeats the sentinel before its answer (CodeT5's span denoising).
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
    /// After the suffix, where the model starts to write: `<|fim_middle|>`.
    pub middle: String,
}
