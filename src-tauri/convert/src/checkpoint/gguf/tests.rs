//! Vocabularies that become a `tokenizer.json`, and headers that are not what they should be.

use std::path::Path;

use proptest::prelude::*;
use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, Tokenizer};

use super::{GgufFile, pre_tokenizer, tokenizer_json};
use crate::error::ConvertError;

use crate::support::gguf::{Gguf, Value};
use crate::support::random_checkpoint;
use crate::support::random_llama::{Model, Shape};

fn tiny() -> Gguf {
    Model::new(Shape { n_layers: 1, ..Shape::TINY }, 5).gguf()
}

fn open(bytes: &[u8]) -> Result<GgufFile, ConvertError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    std::fs::write(&path, bytes).unwrap();
    GgufFile::open(&path)
}

fn tokenizer(gguf: &Gguf) -> Result<Tokenizer, ConvertError> {
    let json = tokenizer_json(&open(&gguf.to_bytes()).unwrap().metadata)?;
    Ok(Tokenizer::from_bytes(json).unwrap())
}

fn texts(texts: &[&str]) -> Value {
    Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn a_byte_level_vocabulary_cuts_texts_as_its_tokenizer_does() {
    let own = tokenizer(&tiny()).unwrap();
    let json = random_checkpoint::tokenizer(Shape::TINY.vocab_size).to_string();
    let expected = Tokenizer::from_bytes(json).unwrap();
    for text in ["def f(x):\n    return x + 1", "größe = 'ä'  # 計算", "<s>x</s>", "", "\t\r\n  "]
    {
        let ids = |tokenizer: &Tokenizer| tokenizer.encode(text, false).unwrap().get_ids().to_vec();
        assert_eq!(ids(&own), ids(&expected), "the tokens of {text:?}");
        let back = own.decode(&ids(&own), false).unwrap();
        assert_eq!(back, text, "and back");
    }
}

#[test]
fn texts_are_cut_up_as_the_models_were_trained() {
    let check = |name: &str, text: &str, expected: &[&str]| {
        let json = pre_tokenizer::of(name).unwrap().json;
        let pre: tokenizers::PreTokenizerWrapper = serde_json::from_value(json).unwrap();
        let mut cut = PreTokenizedString::from(text);
        pre.pre_tokenize(&mut cut).unwrap();
        let pieces = cut.get_splits(OffsetReferential::Original, OffsetType::Byte);
        let found: Vec<&str> = pieces.iter().map(|(piece, ..)| *piece).collect();
        assert_eq!(found, expected, "{text:?} by {name}");
    };
    let code = "x = f(1234)\n\n    return";
    let gpt2 = ["x", "Ġ=", "Ġf", "(", "1234", ")", "ĊĊĠĠĠ", "Ġreturn"];
    check("gpt-2", code, &gpt2);
    let digits = ["x", "Ġ=", "Ġf", "(", "1", "2", "3", "4", ")", "ĊĊĠĠĠ", "Ġreturn"];
    check("smollm", code, &digits);
    check("starcoder", code, &digits);
    let lines = ["x", "Ġ=", "Ġf", "(", "1", "2", "3", "4", ")ĊĊ", "ĠĠĠ", "Ġreturn"];
    check("qwen2", code, &lines);
    check("llama-bpe", code, &["x", "Ġ=", "Ġf", "(", "123", "4", ")ĊĊ", "ĠĠĠ", "Ġreturn"]);
    check("qwen2", "I'LL _go", &["I", "'LL", "Ġ_", "go"]);
    check("gpt-2", "I'LL _go", &["I", "'", "LL", "Ġ_", "go"]);
}

#[test]
fn a_sentence_piece_vocabulary_joins_the_best_pieces_first() {
    let mut gguf = tiny();
    let tokens = ["<unk>", "<s>", "</s>", "<0x0A>", "▁", "a", "b", "c", "ab", "bc", "▁a"];
    gguf.set("tokenizer.ggml.model", Value::Text("llama".to_owned()));
    gguf.set("tokenizer.ggml.tokens", texts(&tokens));
    gguf.set("tokenizer.ggml.token_type", Value::I32s(vec![2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 1]));
    let scores = [0.0, 0.0, 0.0, 0.0, -9.0, -9.0, -9.0, -9.0, -2.0, -1.0, -3.0];
    gguf.set("tokenizer.ggml.scores", Value::F32s(scores.to_vec()));
    gguf.set("tokenizer.ggml.unknown_token_id", Value::U32(0));
    let tokenizer = tokenizer(&gguf).unwrap();
    let check = |text: &str, expected: &[&str]| {
        let encoding = tokenizer.encode(text, false).unwrap();
        assert_eq!(encoding.get_tokens(), expected, "{text:?}");
        assert_eq!(tokenizer.decode(encoding.get_ids(), false).unwrap(), text, "and back");
    };
    check("abc", &["a", "bc"]);
    check("ab ab", &["ab", "▁", "ab"]);
    check(" ac", &["▁a", "c"]);
    check("a\nb", &["a", "<0x0A>", "b"]);
}

#[test]
fn vocabularies_that_are_not_sound_are_named() {
    let check = |key: &str, value: Value, expected: &[&str]| {
        let mut gguf = tiny();
        gguf.set(&format!("tokenizer.ggml.{key}"), value);
        let message = tokenizer(&gguf).unwrap_err().to_string();
        for word in expected {
            assert!(message.contains(word), "{message:?} should say {word:?}");
        }
        assert_eq!(message.lines().count(), 1, "one line: {message:?}");
    };
    check("model", Value::Text("rwkv".to_owned()), &["rwkv", "tokenizer.json beside it"]);
    check("pre", Value::Text("klingon".to_owned()), &["klingon", "tokenizer.json beside it"]);
    check("merges", texts(&["zzz yyy"]), &["\"zzz yyy\"", "two of its tokens"]);
    check("token_type", Value::I32s(vec![1, 2]), &["600 tokens", "kinds of 2"]);
    check("tokens", Value::U32(3), &["tokens is not a list of texts"]);
    check("model", Value::Text("llama".to_owned()), &["no tokenizer.ggml.scores"]);
}

#[test]
fn headers_that_promise_too_much_are_refused() {
    let check = |bytes: &[u8], expected: &[&str]| {
        let message = open(bytes).unwrap_err().to_string();
        for word in expected {
            assert!(message.contains(word), "{message:?} should say {word:?}");
        }
        assert_eq!(message.lines().count(), 1, "one line: {message:?}");
    };
    let huge = u64::MAX.to_le_bytes();
    let header = |tail: &[&[u8]]| [b"GGUF\x03\0\0\0", tail.concat().as_slice()].concat();
    let text = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
    let (none, one) = (0_u64.to_le_bytes(), 1_u64.to_le_bytes());
    check(b"", &["damaged", "wants 4 bytes"]);
    check(b"PK\x03\x04 and more", &["does not begin like a GGUF file"]);
    check(b"GGUF\x01\0\0\0", &["GGUF version 1"]);
    check(b"GGUF\0\0\0\x03", &["big-endian"]);
    check(&header(&[&huge, &none]), &["a list of 18446744073709551615"]);
    check(&header(&[&none, &huge]), &["a list of 18446744073709551615"]);
    check(&header(&[&none, &one, &huge, b"key"]), &["damaged"]);
    let array = |code: u32| [&9_u32.to_le_bytes()[..], &code.to_le_bytes(), &huge].concat();
    for code in [4, 8, 9] {
        check(&header(&[&none, &one, &text("key"), &array(code), &[0; 64]]), &["damaged"]);
    }
    check(&header(&[&none, &one, &text("key"), &77_u32.to_le_bytes()]), &["unknown type 77"]);
    let tensor = |dims: &[u64], code: u32, offset: u64| {
        let dims: Vec<u8> = dims.iter().flat_map(|extent| extent.to_le_bytes()).collect();
        let n_dims = (dims.len() as u32 / 8).to_le_bytes();
        let tail = [&code.to_le_bytes()[..], &offset.to_le_bytes(), &[0; 64]].concat();
        header(&[&one, &none, &text("x.weight"), &n_dims, &dims, &tail])
    };
    check(&tensor(&[u64::MAX, 2], 0, 0), &["x.weight", "cannot have the extents"]);
    check(&tensor(&[1 << 32, 1 << 32], 0, 0), &["x.weight", "cannot have the extents"]);
    check(&tensor(&[0, 2], 0, 0), &["x.weight", "cannot have the extents"]);
    check(&tensor(&[33, 2], 2, 0), &["x.weight", "cannot have the extents"]);
    check(&tensor(&[1, 1, 1, 1, 1], 0, 0), &["x.weight", "5 extents"]);
    check(&tensor(&[], 0, 0), &["x.weight", "0 extents"]);
    check(&tensor(&[32], 20, 0), &["x.weight", "ggml type 20", "Q4_0"]);
    check(&tensor(&[32], 0, u64::MAX), &["x.weight", "beyond its end"]);
    check(&tensor(&[32], 0, 1 << 20), &["x.weight", "beyond its end"]);
}

#[test]
fn names_that_come_twice_are_refused() {
    let mut gguf = tiny();
    gguf.tensors.push(gguf.tensors[1].clone());
    let message = open(&gguf.to_bytes()).unwrap_err().to_string();
    assert!(message.contains("twice") && message.contains(&gguf.tensors[1].name), "{message}");
    let mut gguf = tiny();
    gguf.metadata.push(gguf.metadata[0].clone());
    let message = open(&gguf.to_bytes()).unwrap_err().to_string();
    assert!(message.contains("general.architecture twice"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a damaged file says, it is an error or a model, never a panic.
    #[test]
    fn damaged_files_never_panic(
        place in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 1..9),
        length in any::<prop::sample::Index>(),
    ) {
        let gguf = Gguf { tensors: tiny().tensors, metadata: small_metadata() };
        let sound = gguf.to_bytes();
        let mut damaged = sound.clone();
        let place = place.index(gguf.header().len());
        let end = (place + bytes.len()).min(damaged.len());
        damaged[place..end].copy_from_slice(&bytes[..end - place]);
        for file in [&damaged[..], &sound[..length.index(sound.len())]] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("model.gguf");
            std::fs::write(&path, file).unwrap();
            let result = crate::convert(
                &path,
                Path::new(&dir.path().join("out")),
                &crate::ConvertOptions::default(),
                &mut (),
            );
            if let Err(error) = result {
                prop_assert_eq!(error.to_string().lines().count(), 1, "one line: {}", error);
            }
        }
    }
}

/// A vocabulary so small that damage hits every part of the header now and then.
fn small_metadata() -> Vec<(String, Value)> {
    let mut gguf = tiny();
    gguf.set("tokenizer.ggml.tokens", texts(&["a", "b", "ab", "<s>"]));
    gguf.set("tokenizer.ggml.token_type", Value::I32s(vec![1, 1, 1, 3]));
    gguf.set("tokenizer.ggml.merges", texts(&["a b"]));
    gguf.metadata
}
