//! A `tokenizer.json` out of `vocab.json` and `merges.txt`: the byte-level BPE of GPT-2 that
//! RoBERTa and CodeT5 use, with the added tokens that lie in three more files.
//!
//! What is written is what Hugging Face's converter for RoBERTa writes from the same files.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ConvertError;

const VOCABULARY: &str = "vocab.json";
const MERGES: &str = "merges.txt";

/// Whether `dir` has such a tokenizer.
pub(crate) fn is_in(dir: &Path) -> bool {
    dir.join(VOCABULARY).is_file() && dir.join(MERGES).is_file()
}

/// The text of its `tokenizer.json`.
pub(crate) fn tokenizer_json(dir: &Path) -> Result<Vec<u8>, ConvertError> {
    let vocabulary: BTreeMap<String, u64> = parse(&dir.join(VOCABULARY))?;
    let merges = read_merges(&dir.join(MERGES), &vocabulary)?;
    let options: Options = parse_if_there(&dir.join("tokenizer_config.json"))?;
    let added = added_tokens(dir, &vocabulary, &options)?;
    let add_prefix_space = options.add_prefix_space;
    let json = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": byte_level(add_prefix_space),
        "post_processor": post_processor(&added, add_prefix_space),
        "decoder": byte_level(true),
        "model": {
            "type": "BPE",
            "dropout": null,
            "unk_token": null,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": false,
            "byte_fallback": false,
            "ignore_merges": false,
            "vocab": vocabulary,
            "merges": merges,
        },
    });
    Ok(json.to_string().into_bytes())
}

/// `tokenizer_config.json`, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
struct Options {
    #[serde(default)]
    add_prefix_space: bool,
    /// Added tokens by id; in files of newer versions of `transformers` only.
    #[serde(default)]
    added_tokens_decoder: BTreeMap<String, AddedToken>,
}

/// A token that is found in the text before it is cut up.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct AddedToken {
    #[serde(default)]
    id: u64,
    content: String,
    #[serde(default)]
    single_word: bool,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
    #[serde(default)]
    normalized: bool,
    #[serde(default)]
    special: bool,
}

/// A value of `special_tokens_map.json`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum SpecialToken {
    Text(String),
    Described(AddedToken),
    Several(Vec<SpecialToken>),
}

impl SpecialToken {
    fn flatten(self) -> Vec<AddedToken> {
        match self {
            Self::Text(content) => vec![special(content)],
            Self::Described(token) => vec![AddedToken { special: true, ..token }],
            Self::Several(tokens) => tokens.into_iter().flat_map(Self::flatten).collect(),
        }
    }
}

fn special(content: String) -> AddedToken {
    let (single_word, lstrip, rstrip, normalized) = (false, false, false, false);
    AddedToken { id: 0, content, single_word, lstrip, rstrip, normalized, special: true }
}

/// All added tokens in the order of their ids. A token whose id no file gives comes after the
/// vocabulary, as it does in `transformers`.
fn added_tokens(
    dir: &Path,
    vocabulary: &BTreeMap<String, u64>,
    options: &Options,
) -> Result<Vec<AddedToken>, ConvertError> {
    let mut ids: BTreeMap<String, u64> = parse_if_there(&dir.join("added_tokens.json"))?;
    let specials: BTreeMap<String, SpecialToken> =
        parse_if_there(&dir.join("special_tokens_map.json"))?;
    let mut tokens: BTreeMap<String, AddedToken> = BTreeMap::new();
    for content in ids.keys() {
        let token = AddedToken { special: false, ..special(content.clone()) };
        tokens.insert(content.clone(), token);
    }
    for token in specials.into_values().flat_map(SpecialToken::flatten) {
        let next = ids.values().chain(vocabulary.values()).max().map_or(0, |last| last + 1);
        let id = vocabulary.get(&token.content).copied().unwrap_or(next);
        ids.entry(token.content.clone()).or_insert(id);
        tokens.insert(token.content.clone(), token);
    }
    for (id, token) in &options.added_tokens_decoder {
        let id = id.parse().map_err(|_| {
            ConvertError::damaged(dir, format!("tokenizer_config.json has the token id {id:?}"))
        })?;
        ids.insert(token.content.clone(), id);
        tokens.insert(token.content.clone(), token.clone());
    }
    let with_id = |token: AddedToken| AddedToken { id: ids[&token.content], ..token };
    let mut tokens: Vec<AddedToken> = tokens.into_values().map(with_id).collect();
    tokens.sort_by_key(|token| token.id);
    Ok(tokens)
}

fn byte_level(add_prefix_space: bool) -> Value {
    json!({
        "type": "ByteLevel",
        "add_prefix_space": add_prefix_space,
        "trim_offsets": true,
        "use_regex": true,
    })
}

/// Puts a text between `<s>` and `</s>` for those who ask for special tokens.
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

/// Pairs of tokens, most wanted first. A pair and what it becomes have to be in the vocabulary.
fn read_merges(
    path: &Path,
    vocabulary: &BTreeMap<String, u64>,
) -> Result<Vec<[String; 2]>, ConvertError> {
    let text = std::fs::read_to_string(path).map_err(ConvertError::read(path))?;
    let lines = text.lines().filter(|line| !line.starts_with("#version") && !line.is_empty());
    let merge = |line: &str| {
        let (left, right) = line.split_once(' ')?;
        let known = |token: &str| vocabulary.contains_key(token);
        let fits = known(left) && known(right) && known(&format!("{left}{right}"));
        fits.then(|| [left.to_owned(), right.to_owned()])
    };
    let unknown = |line| {
        ConvertError::damaged(path, format!("{line:?} does not join two tokens of {VOCABULARY}"))
    };
    lines.map(|line| merge(line).ok_or_else(|| unknown(line))).collect()
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, ConvertError> {
    let text = std::fs::read(path).map_err(ConvertError::read(path))?;
    serde_json::from_slice(&text).map_err(|error| ConvertError::damaged(path, error))
}

fn parse_if_there<T: DeserializeOwned + Default>(path: &Path) -> Result<T, ConvertError> {
    if path.is_file() { parse(path) } else { Ok(T::default()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tokenizers::Tokenizer;

    use super::*;

    const MERGED: [&str; 5] = ["#version: 0.2", "Ġ f", "n (", "Ġf n", "( )"];

    /// Every byte's stand-in that the text needs, and what the merges make of them.
    fn vocabulary() -> BTreeMap<String, u64> {
        let specials = ["<pad>", "<s>", "</s>"];
        let pieces = ["Ġ", "f", "n", "(", ")", "Ġf", "n(", "Ġfn", "()"];
        let tokens = specials.into_iter().chain(pieces).map(str::to_owned);
        tokens.zip(0..).collect()
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let vocabulary = serde_json::to_string(&vocabulary()).unwrap();
        fs::write(dir.path().join(VOCABULARY), vocabulary).unwrap();
        fs::write(dir.path().join(MERGES), MERGED.join("\n")).unwrap();
        for (name, text) in files {
            fs::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    #[track_caller]
    fn check(files: &[(&str, &str)], text: &str, expected: &[&str]) {
        let json = tokenizer_json(folder(files).path()).unwrap();
        let tokenizer = Tokenizer::from_bytes(json).unwrap();
        let encoding = tokenizer.encode(text, false).unwrap();
        assert_eq!(encoding.get_tokens(), expected, "the tokens of {text:?}");
        assert_eq!(tokenizer.decode(encoding.get_ids(), false).unwrap(), text, "and back");
    }

    #[test]
    fn merges_apply_in_their_order() {
        check(&[], " fn()", &["Ġfn", "()"]);
        check(&[], "f ()", &["f", "Ġ", "()"]);
    }

    #[test]
    fn added_tokens_are_found_in_the_text() {
        let text = "fn<extra_id_0>()";
        let expected = ["f", "n", "<extra_id_0>", "()"];
        check(&[("added_tokens.json", r#"{"<extra_id_0>": 12}"#)], text, &expected);
        let list = r#"{"additional_special_tokens": ["<extra_id_0>"], "eos_token": "</s>"}"#;
        check(&[("special_tokens_map.json", list)], text, &expected);
        let described = r#"{"eos_token": {"content": "<extra_id_0>", "lstrip": false}}"#;
        check(&[("special_tokens_map.json", described)], text, &expected);
        let decoder = r#"{"added_tokens_decoder": {"12": {"content": "<extra_id_0>"}}}"#;
        check(&[("tokenizer_config.json", decoder)], text, &expected);
    }

    #[test]
    fn ids_come_from_the_files_or_after_the_vocabulary() {
        let map = r#"{"bos_token": "<s>", "additional_special_tokens": ["<a>", "<b>"]}"#;
        let dir =
            folder(&[("special_tokens_map.json", map), ("added_tokens.json", r#"{"<a>": 12}"#)]);
        let json = tokenizer_json(dir.path()).unwrap();
        let tokenizer = Tokenizer::from_bytes(json).unwrap();
        for (token, id) in [("<s>", 1), ("<a>", 12), ("<b>", 13)] {
            assert_eq!(tokenizer.token_to_id(token), Some(id), "the id of {token}");
        }
    }

    #[test]
    fn a_merge_of_unknown_tokens_is_named() {
        let dir = folder(&[(MERGES, "f n")]);
        let message = tokenizer_json(dir.path()).unwrap_err().to_string();
        assert!(message.contains("\"f n\"") && message.contains(MERGES), "{message}");
    }
}
