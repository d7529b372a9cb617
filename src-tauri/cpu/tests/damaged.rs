//! Damaged model files. Opening one returns an error, or `None` so that ONNX Runtime runs the
//! graph, but never panics.
#![allow(clippy::unwrap_used, reason = "a failing step ends the test")]

use std::fs;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use pounce_cpu::{CpuError, Decoder, Encoder, InstructionSet};
use tempfile::TempDir;

/// Damaged files that are tried for each graph.
const N_TRIALS: usize = 60;

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m")
}

/// A copy of the embedded model in which the file `name` has the contents `bytes`.
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

/// Changes some bytes of a graph, or truncates it.
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

/// Opens encoder and decoder, and computes one token if the kernels support them.
fn open_and_run(dir: &Path) -> Result<Option<u32>, CpuError> {
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
        eprintln!("there are no kernels for this processor: NOT checked");
    }
    has
}

#[test]
fn a_damaged_graph_is_an_error_or_unsupported() {
    let mut random = Rng::with_seed(23);
    for name in ["encoder.onnx", "decoder.onnx"] {
        let graph = fs::read(model().join(name)).unwrap();
        let whole = open_and_run(with(name, &graph).path()).unwrap();
        assert_eq!(whole.is_some(), has_kernels(), "the undamaged model runs");
        let trials = (0..N_TRIALS).map(|_| damaged(&graph, &mut random));
        let n_errors =
            trials.filter(|graph| open_and_run(with(name, graph).path()).is_err()).count();
        assert!(n_errors > 0 || !has_kernels(), "some damage is reported");
    }
}

#[test]
fn truncated_weights_are_an_error_of_one_line() {
    let weights = fs::read(model().join("weights.bin")).unwrap();
    for len in [0, 1, weights.len() / 2, weights.len() - 1] {
        let error = open_and_run(with("weights.bin", &weights[..len]).path()).err();
        let message = error.map(|error| error.to_string());
        let is_one_line = message.as_ref().is_some_and(|message| message.lines().count() == 1);
        assert!(is_one_line || !has_kernels(), "{len} bytes: {message:?}");
    }
}

#[test]
fn the_error_for_a_missing_file_names_it() {
    let dir = with("weights.bin", &[]);
    fs::remove_file(dir.path().join("weights.bin")).unwrap();
    let message = open_and_run(dir.path()).err().map(|error| error.to_string());
    let is_named = message.as_ref().is_some_and(|message| message.contains("weights.bin"));
    assert!(is_named || !has_kernels(), "{message:?}");
}

#[test]
fn invalid_arguments_are_errors() {
    if !has_kernels() {
        return;
    }
    let mut encoder = Encoder::open(&model(), 1, None).unwrap().unwrap();
    let mut decoder = Decoder::open(&model(), 1, 8, None).unwrap().unwrap();
    let check = |result: Result<&[u32], CpuError>, why: &str| {
        let error = result.expect_err(why);
        assert!(matches!(error, CpuError::Input(_)), "{why}: {error}");
    };
    check(decoder.choose(&[0], 0, 1), "no prompt was read");
    decoder.read(&mut encoder, &[5, 6], &|| false).unwrap();
    check(decoder.choose(&[0], 0, 2), "more results are wanted than tokens were fed");
    check(decoder.choose(&[0], usize::MAX, 1), "the position is out of range");
    check(decoder.choose(&[], 0, 0), "no token is fed");
    assert_eq!(decoder.choose(&[0], 0, 1).unwrap().len(), 1, "the decoder still works");
    decoder.read(&mut encoder, &[], &|| false).expect_err("a prompt must not be empty");
    check(decoder.choose(&[0], 0, 1), "reading the last prompt failed");
}
