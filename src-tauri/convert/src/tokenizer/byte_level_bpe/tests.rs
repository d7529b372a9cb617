//! Texts encoded with the tokenizer that is made of the files.

use std::collections::BTreeMap;
use std::fs;

use tokenizers::Tokenizer;

use super::{MERGES, VOCABULARY, tokenizer_json};

const MERGED: [&str; 5] = ["#version: 0.2", "Ġ f", "n (", "Ġf n", "( )"];

/// The characters of all bytes in the text, and the tokens that the merges make of them.
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
    let dir = folder(&[("special_tokens_map.json", map), ("added_tokens.json", r#"{"<a>": 12}"#)]);
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
