//! Files that are damaged, or are not what they say: an error or ONNX Runtime's business, and never a panic.
#![allow(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::fs;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use pounce_cpu::{Decoder, Encoder, InstructionSet, T5Error};
use tempfile::TempDir;

/// Damaged files of each kind that are tried.
const N_TRIALS: usize = 60;

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m")
}

/// A folder with the embedded model, of which `name` has other bytes.
fn with(name: &str, bytes: &[u8]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["encoder.onnx", "decoder.onnx", "weights.bin"] {
        if file == name {
            fs::write(dir.path().join(file), bytes).unwrap();
        } else {
            std::os::unix::fs::symlink(model().join(file), dir.path().join(file)).unwrap();
        }
    }
    dir
}

/// Changes some bytes of the part that says what the tensors are like, or cuts the file off.
fn damaged(bytes: &[u8], random: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if random.u8(..8) == 0 {
        bytes.truncate(random.usize(..bytes.len()));
        return bytes;
    }
    for _ in 0..random.usize(1..6) {
        let place = random.usize(..bytes.len());
        bytes[place] = random.u8(..);
    }
    bytes
}

/// Opens both, and has them complete if they say that they can.
fn open_and_run(dir: &Path) -> Result<Option<u32>, T5Error> {
    let (encoder, decoder) = (Encoder::open(dir, 2, None)?, Decoder::open(dir, 2, 8, None)?);
    let (Some(mut encoder), Some(mut decoder)) = (encoder, decoder) else { return Ok(None) };
    if !decoder.fits(&encoder) {
        return Ok(None);
    }
    decoder.read(&mut encoder, &[5, 6, 7], &|| false)?;
    Ok(decoder.choose(&[0], 0, 1)?.first().copied())
}

fn has_kernels() -> bool {
    let has = InstructionSet::best().is_some();
    if !has {
        eprintln!("this processor has no instructions that there are kernels for: NOT checked");
    }
    has
}

#[test]
fn a_damaged_graph_ends_in_an_error_or_with_nothing() {
    let mut random = Rng::with_seed(23);
    for name in ["encoder.onnx", "decoder.onnx"] {
        let graph = fs::read(model().join(name)).unwrap();
        let whole = open_and_run(with(name, &graph).path()).unwrap();
        assert_eq!(whole.is_some(), has_kernels(), "what is not damaged runs");
        let trials = (0..N_TRIALS).map(|_| damaged(&graph, &mut random));
        let n_errors =
            trials.filter(|graph| open_and_run(with(name, graph).path()).is_err()).count();
        assert!(n_errors > 0 || !has_kernels(), "some of the damage is noticed");
    }
}

#[test]
fn weights_that_end_too_early_are_an_error_that_says_what_is_missing() {
    let weights = fs::read(model().join("weights.bin")).unwrap();
    for len in [0, 1, weights.len() / 2, weights.len() - 1] {
        let error = open_and_run(with("weights.bin", &weights[..len]).path()).err();
        let message = error.map(|error| error.to_string());
        let is_told = message.as_ref().is_some_and(|message| message.lines().count() == 1);
        assert!(is_told || !has_kernels(), "{len} bytes: {message:?}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let dir = with("weights.bin", &[]);
    fs::remove_file(dir.path().join("weights.bin")).unwrap();
    let message = open_and_run(dir.path()).err().map(|error| error.to_string());
    let is_named = message.as_ref().is_some_and(|message| message.contains("weights.bin"));
    assert!(is_named || !has_kernels(), "{message:?}");
}

#[test]
fn what_cannot_be_done_is_an_error() {
    if !has_kernels() {
        return;
    }
    let mut encoder = Encoder::open(&model(), 1, None).unwrap().unwrap();
    let mut decoder = Decoder::open(&model(), 1, 8, None).unwrap().unwrap();
    let check = |result: Result<&[u32], T5Error>, why: &str| {
        let error = result.expect_err(why);
        assert!(matches!(error, T5Error::Input(_)), "{why}: {error}");
    };
    check(decoder.choose(&[0], 0, 1), "no prompt was read");
    decoder.read(&mut encoder, &[5, 6], &|| false).unwrap();
    check(decoder.choose(&[0], 0, 2), "more is wanted than was fed");
    check(decoder.choose(&[0], usize::MAX, 1), "there is no such place");
    check(decoder.choose(&[], 0, 0), "nothing is fed");
    assert_eq!(decoder.choose(&[0], 0, 1).unwrap().len(), 1, "and the model goes on");
    decoder.read(&mut encoder, &[], &|| false).expect_err("a prompt has tokens");
    check(decoder.choose(&[0], 0, 1), "the last prompt was not read");
}
