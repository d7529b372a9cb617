//! A `tokenizer.json` made of `vocab.json` and `merges.txt`: the byte-level BPE of GPT-2, which
//! RoBERTa and CodeT5 use, with the added tokens of three more files.
//!
//! It means the same as what Hugging Face's converter for RoBERTa makes of these files.

mod added_tokens;
mod json_file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use pounce_model_format::regular_file::{FileKind, read_to_string};
use serde_json::{Value, json};

use super::json::{AddedToken, Tokenizer, bpe, byte_level, merge};
use crate::error::ConvertError;
use added_tokens::{TokenizerConfig, added_tokens};
use json_file::{parse, parse_if_present};

const VOCABULARY: &str = "vocab.json";
const MERGES: &str = "merges.txt";

/// Whether the folder `dir` has such a tokenizer.
pub(super) fn is_in(dir: &Path) -> bool {
    dir.join(VOCABULARY).is_file() && dir.join(MERGES).is_file()
}

/// Returns the text of its `tokenizer.json`.
pub(super) fn tokenizer_json(dir: &Path) -> Result<Vec<u8>, ConvertError> {
    let vocabulary: BTreeMap<String, u64> = parse(&dir.join(VOCABULARY))?;
    let path = dir.join(MERGES);
    let merges = read_to_string(&path, FileKind::Tokenizer).map_err(ConvertError::read(&path))?;
    let merges = split_merges(&merges, &vocabulary, &path)?;
    let config: TokenizerConfig = parse_if_present(&dir.join("tokenizer_config.json"))?;
    let added_tokens = added_tokens(dir, &vocabulary, &config)?;
    let add_prefix_space = config.add_prefix_space;
    let tokenizer = Tokenizer {
        normalizer: Value::Null,
        pre_tokenizer: byte_level(add_prefix_space, true),
        post_processor: post_processor(&added_tokens, add_prefix_space),
        decoder: byte_level(true, true),
        model: bpe(&vocabulary, merges),
        added_tokens,
    };
    Ok(tokenizer.into_bytes())
}

/// Puts a text between `<s>` and `</s>` when it is encoded with special tokens.
fn post_processor(added: &[AddedToken], add_prefix_space: bool) -> Value {
    let find = |content: &str| added.iter().find(|token| token.content == content);
    match (find("<s>"), find("</s>")) {
        (Some(start), Some(end)) => json!({
            "type": "RobertaProcessing",
            "sep": [end.content, end.id],
            "cls": [start.content, start.id],
            "trim_offsets": true,
            "add_prefix_space": add_prefix_space,
        }),
        _ => Value::Null,
    }
}

/// Splits the lines of `merges.txt` into pairs of tokens.
fn split_merges<'a>(
    text: &'a str,
    vocabulary: &BTreeMap<String, u64>,
    path: &Path,
) -> Result<Vec<[&'a str; 2]>, ConvertError> {
    let lines = text.lines().filter(|line| !line.starts_with("#version") && !line.is_empty());
    let unknown = |line| {
        ConvertError::damaged(path, format!("{line:?} does not join two tokens of {VOCABULARY}"))
    };
    let is_token = |token: &str| vocabulary.contains_key(token);
    lines.map(|line| merge(line, is_token).ok_or_else(|| unknown(line))).collect()
}
