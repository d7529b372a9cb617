//! The parts of a `tokenizer.json` in the format of Hugging Face's `tokenizers`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A token that is found in a text before the text is split.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AddedToken {
    #[serde(default)]
    pub(super) id: u64,
    pub(super) content: String,
    #[serde(default)]
    pub(super) single_word: bool,
    #[serde(default)]
    pub(super) lstrip: bool,
    #[serde(default)]
    pub(super) rstrip: bool,
    #[serde(default)]
    pub(super) normalized: bool,
    /// Whether the token steers the model and is no text.
    #[serde(default)]
    pub(super) special: bool,
}

impl AddedToken {
    /// A token that is found as it is written.
    pub(super) fn new(id: u64, content: String, special: bool) -> Self {
        let (single_word, lstrip, rstrip, normalized) = (false, false, false, false);
        Self { id, content, single_word, lstrip, rstrip, normalized, special }
    }
}

/// A tokenizer. `Value::Null` leaves a part out.
#[derive(Debug)]
pub(super) struct Tokenizer {
    pub(super) added_tokens: Vec<AddedToken>,
    pub(super) normalizer: Value,
    pub(super) pre_tokenizer: Value,
    pub(super) post_processor: Value,
    pub(super) decoder: Value,
    pub(super) model: Value,
}

impl Tokenizer {
    /// Returns the text of the `tokenizer.json`.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let json = json!({
            "version": "1.0", "truncation": null, "padding": null,
            "added_tokens": self.added_tokens, "normalizer": self.normalizer,
            "pre_tokenizer": self.pre_tokenizer, "post_processor": self.post_processor,
            "decoder": self.decoder, "model": self.model,
        });
        json.to_string().into_bytes()
    }
}

/// A byte-pair encoding with these ids by token and these pairs of tokens, the first one to be merged
/// first.
pub(super) fn bpe(vocabulary: impl Serialize, merges: impl Serialize) -> Value {
    json!({
        "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
        "ignore_merges": false, "vocab": vocabulary, "merges": merges,
    })
}

/// GPT-2's step that replaces each byte by a printable character, as pre-tokenizer or decoder.
/// `use_regex` splits the text by GPT-2's pattern as well.
pub(super) fn byte_level(add_prefix_space: bool, use_regex: bool) -> Value {
    json!({
        "type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": true,
        "use_regex": use_regex,
    })
}

/// Splits a line of merges into the two tokens that it joins; `None` unless both of them and the
/// token that they make are in the vocabulary.
pub(super) fn merge(line: &str, is_token: impl Fn(&str) -> bool) -> Option<[&str; 2]> {
    let (left, right) = line.split_once(' ')?;
    let is_known = is_token(left) && is_token(right) && is_token(&[left, right].concat());
    is_known.then_some([left, right])
}
