//! Headers that are not what they should be.

use std::path::Path;

use proptest::prelude::*;

use super::GgufFile;
use crate::error::ConvertError;

use crate::support::gguf::{Gguf, Value};
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

fn texts(texts: &[&str]) -> Value {
    Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
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

#[test]
fn a_model_in_several_files_is_joined() {
    let dir = tempfile::tempdir().unwrap();
    let mut whole = tiny();
    whole.set("split.count", Value::U32(2));
    let rest = Gguf { metadata: Vec::new(), tensors: whole.tensors.split_off(1) };
    let part = |n: usize| dir.path().join(format!("m-0000{n}-of-00002.gguf"));
    whole.write(&part(1)).unwrap();
    let missing = GgufFile::open(&part(1)).unwrap_err().to_string();
    assert!(missing.contains("m-00002-of-00002.gguf"), "{missing}");
    rest.write(&part(2)).unwrap();
    for given in [1, 2] {
        let file = GgufFile::open(&part(given)).unwrap();
        let names: Vec<_> = file.tensors.iter().map(|tensor| tensor.name.clone()).collect();
        let expected: Vec<_> = tiny().tensors.into_iter().map(|tensor| tensor.name).collect();
        assert_eq!(names, expected);
    }
    std::fs::rename(part(1), dir.path().join("renamed.gguf")).unwrap();
    let renamed = GgufFile::open(&dir.path().join("renamed.gguf")).unwrap_err().to_string();
    assert!(renamed.contains("one of 2 parts"), "{renamed}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A damaged file is refused or becomes a model, but nothing panics.
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

/// A vocabulary that is so small that damage often hits other parts of the header.
fn small_metadata() -> Vec<(String, Value)> {
    let mut gguf = tiny();
    gguf.set("tokenizer.ggml.tokens", texts(&["a", "b", "ab", "<s>"]));
    gguf.set("tokenizer.ggml.token_type", Value::I32s(vec![1, 1, 1, 3]));
    gguf.set("tokenizer.ggml.merges", texts(&["a b"]));
    gguf.metadata
}
