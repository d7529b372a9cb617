//! A weights file that gets shorter while the model is loaded: a pulled stick, a network drive, a
//! `cp` over it. Reading a map of such a file ends the process, so the model runs in a process of
//! its own here.
#![allow(clippy::unwrap_used, reason = "a failing step ends the test")]

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use pounce_cpu::{Decoder, Encoder};

/// Set in the process that runs the model.
const IS_CHILD: &str = "POUNCE_TEST_TRUNCATED";

#[test]
fn a_loaded_model_outlives_its_weights_file() {
    if std::env::var_os(IS_CHILD).is_some() {
        return truncate_and_run();
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_loaded_model_outlives_its_weights_file"])
        .env(IS_CHILD, "1")
        .status()
        .unwrap();
    assert!(child.success(), "the process that ran the model ended with {child}");
}

fn truncate_and_run() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
    let dir = tempfile::tempdir().unwrap();
    for file in ["encoder.onnx", "decoder.onnx", "weights.bin"] {
        fs::copy(model.join(file), dir.path().join(file)).unwrap();
    }
    let encoder = Encoder::open(dir.path(), 1, None).unwrap();
    let Some(mut encoder) = encoder else {
        eprintln!("there are no kernels for this processor: NOT checked");
        return;
    };
    let mut decoder = Decoder::open(dir.path(), 1, 8, None).unwrap().unwrap();
    File::options().write(true).open(dir.path().join("weights.bin")).unwrap().set_len(0).unwrap();
    decoder.read(&mut encoder, &[5, 6, 7], &|| false).unwrap();
    assert_eq!(decoder.choose(&[0], 0, 1).unwrap().len(), 1, "it computes a token");
}
