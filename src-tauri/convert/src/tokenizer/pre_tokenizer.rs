//! How byte-level vocabularies cut a text up before any merge: by `tokenizer.ggml.pre`.
//!
//! The names are llama.cpp's (`llama-vocab.cpp`), what they stand for is what the models'
//! own `tokenizer.json` say.

use serde_json::{Value, json};

/// GPT-4's pattern with the digits one by one, as Qwen2 has it.
const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The same with up to three digits together.
const LLAMA_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Chinese, Japanese and Korean characters, as DeepSeek-Coder tells them.
const CJK: &str = r"[一-龥ࠀ-一가-퟿]+";

/// The `pre_tokenizer` of a `tokenizer.json`, and whether a word that is a token as a whole is
/// taken before any merge; `None` for a name that is not known.
pub(super) fn of(name: &str) -> Option<PreTokenizer> {
    let byte_level = |use_regex: bool| {
        json!({
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
            "use_regex": use_regex,
        })
    };
    let split = |pattern: &str| {
        json!({
            "type": "Split", "pattern": { "Regex": pattern }, "behavior": "Isolated",
            "invert": false,
        })
    };
    let digits = || json!({ "type": "Digits", "individual_digits": true });
    let steps = match name {
        "gpt-2" | "gpt2" => vec![byte_level(true)],
        "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" => {
            vec![digits(), byte_level(true)]
        }
        "qwen2" | "deepseek-r1-qwen" | "stablelm2" => vec![split(QWEN2), byte_level(false)],
        "llama-bpe" | "llama3" | "llama-v3" => vec![split(LLAMA_3), byte_level(false)],
        "deepseek-coder" => vec![
            split(r"[\r\n]"),
            split(r"\s?\p{L}+"),
            split(r"\s?\p{P}+"),
            split(CJK),
            digits(),
            byte_level(false),
        ],
        _ => return None,
    };
    let json = json!({ "type": "Sequence", "pretokenizers": steps });
    Some(PreTokenizer { json, ignores_merges: name.starts_with("llama") })
}

/// See [`of`].
pub(super) struct PreTokenizer {
    pub(super) json: Value,
    pub(super) ignores_merges: bool,
}
