//! How a text is split before any merge, which `tokenizer.ggml.pre` names for byte-level
//! vocabularies.
//!
//! The names are those of llama.cpp (`llama-vocab.cpp`). Their definitions are those in the models'
//! own `tokenizer.json`.

use serde_json::{Value, json};

use crate::tokenizer::json::byte_level;

/// GPT-4's pattern with single digits, as in Qwen2.
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// GPT-4's pattern with up to three digits in a piece, as in Llama 3.
const LLAMA_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Chinese, Japanese and Korean characters, as in DeepSeek-Coder.
const CJK: &str = r"[一-龥ࠀ-一가-퟿]+";

/// How a text is split.
pub(super) struct PreTokenizer {
    /// The `pre_tokenizer` of a `tokenizer.json`.
    pub(super) json: Value,
    /// Whether a piece that is a token as a whole becomes that token without any merge.
    pub(super) ignores_merges: bool,
}

/// Returns the pre-tokenizer of this name; `None` if it is unknown.
pub(super) fn find(name: &str) -> Option<PreTokenizer> {
    let split = |pattern: &str| {
        json!({
            "type": "Split", "pattern": { "Regex": pattern }, "behavior": "Isolated",
            "invert": false,
        })
    };
    let digits = || json!({ "type": "Digits", "individual_digits": true });
    let steps = match name {
        "gpt-2" | "gpt2" => vec![byte_level(false, true)],
        "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" => {
            vec![digits(), byte_level(false, true)]
        }
        "qwen2" | "deepseek-r1-qwen" | "stablelm2" => vec![split(QWEN2), byte_level(false, false)],
        "llama-bpe" | "llama3" | "llama-v3" => vec![split(LLAMA_3), byte_level(false, false)],
        "deepseek-coder" => vec![
            split(r"[\r\n]"),
            split(r"\s?\p{L}+"),
            split(r"\s?\p{P}+"),
            split(CJK),
            digits(),
            byte_level(false, false),
        ],
        _ => return None,
    };
    let json = json!({ "type": "Sequence", "pretokenizers": steps });
    Some(PreTokenizer { json, ignores_merges: name.starts_with("llama") })
}
