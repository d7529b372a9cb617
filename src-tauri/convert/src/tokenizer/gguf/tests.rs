//! Vocabularies that become a `tokenizer.json`.

use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, Tokenizer};

use super::{pre_tokenizer, tokenizer_json};
use crate::checkpoint::gguf::GgufFile;
use crate::error::ConvertError;

use crate::support::gguf::{Gguf, Value};
use crate::support::random_checkpoint;
use crate::support::random_llama::{Model, Shape};

fn tiny() -> Gguf {
    Model::new(Shape { n_layers: 1, ..Shape::TINY }, 5).gguf()
}

fn tokenizer(gguf: &Gguf) -> Result<Tokenizer, ConvertError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.gguf");
    gguf.write(&path).unwrap();
    let json = tokenizer_json(&GgufFile::open(&path).unwrap().metadata)?;
    Ok(Tokenizer::from_bytes(json).unwrap())
}

fn texts(texts: &[&str]) -> Value {
    Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn a_byte_level_vocabulary_splits_texts_as_its_tokenizer_does() {
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
fn texts_are_split_as_in_training() {
    let check = |name: &str, text: &str, expected: &[&str]| {
        let json = pre_tokenizer::find(name).unwrap().json;
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
