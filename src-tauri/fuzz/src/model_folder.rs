//! Converted models: the manifest, and the graphs as the kernels read them.

use std::fs::File;
use std::sync::{LazyLock, Mutex, PoisonError};

use pounce_model_format::{
    DECODER_FILE, ENCODER_FILE, FILE_NAME, ModelManifest, TOKENIZER_FILE, WEIGHTS_FILE,
};

use crate::scratch::{Scratch, check_error};

/// Bytes of weights, all zero, beside the graphs: more than the seeds refer to.
const WEIGHTS_BYTES: u64 = 1 << 20;

/// A `manifest.json`.
pub(crate) fn manifest(bytes: &[u8]) {
    static FOLDER: LazyLock<Mutex<Scratch>> = LazyLock::new(|| {
        let files = [DECODER_FILE, ENCODER_FILE, TOKENIZER_FILE, WEIGHTS_FILE];
        Mutex::new(Scratch::new(&files.map(|name| (name, b"x".as_slice()))))
    });
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    folder.write(FILE_NAME, bytes);
    drop(ModelManifest::load(folder.path()).inspect_err(check_error));
}

/// An ONNX graph, as that of an encoder and as that of a decoder.
pub(crate) fn onnx(bytes: &[u8]) {
    static FOLDER: LazyLock<Mutex<Scratch>> = LazyLock::new(|| {
        let folder = Scratch::new(&[]);
        let weights = File::create(folder.path().join(WEIGHTS_FILE));
        let filled = weights.and_then(|file| file.set_len(WEIGHTS_BYTES));
        filled.expect("the folder is ours");
        Mutex::new(folder)
    });
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    folder.write(ENCODER_FILE, bytes);
    folder.write(DECODER_FILE, bytes);
    #[cfg(target_arch = "x86_64")]
    {
        use pounce_cpu::{Decoder, Encoder};
        drop(Encoder::open(folder.path(), 1, None).inspect_err(check_error));
        drop(Decoder::open(folder.path(), 1, 8, None).inspect_err(check_error));
    }
}
