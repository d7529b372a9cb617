//! Checkpoints: each file is read as a conversion reads it. Nothing may be executed.

use std::io::{Cursor, Write};
use std::sync::{LazyLock, Mutex, PoisonError};

use pounce_convert::inspect;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::scratch::{Scratch, check_error};

/// The config of a model with a vocabulary of two tokens.
const CONFIG: &[u8] =
    br#"{"model_type":"t5","vocab_size":2,"d_model":16,"d_kv":8,"d_ff":16,"num_heads":2,
    "num_layers":1,"relative_attention_num_buckets":8,"pad_token_id":0,"eos_token_id":1,
    "decoder_start_token_id":0}"#;
const VOCABULARY: &[(&str, &[u8])] =
    &[("config.json", CONFIG), ("vocab.json", br#"{"a":0,"b":1}"#), ("merges.txt", b"")];

/// A GGUF file: header, config and vocabulary.
pub(crate) fn gguf(bytes: &[u8]) {
    static FOLDER: LazyLock<Mutex<Scratch>> = LazyLock::new(|| Mutex::new(Scratch::new(&[])));
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    let read = inspect(&folder.write("model.gguf", bytes));
    drop(read.inspect_err(check_error));
}

/// The pickle of a `pytorch_model.bin`: everything but a dictionary of tensors must be refused.
pub(crate) fn pickle(bytes: &[u8]) {
    static FOLDER: LazyLock<Mutex<Scratch>> =
        LazyLock::new(|| Mutex::new(Scratch::new(VOCABULARY)));
    read_beside(&FOLDER, "pytorch_model.bin", &archive(bytes).expect("memory takes an archive"));
}

/// A `model.safetensors`.
pub(crate) fn safetensors(bytes: &[u8]) {
    static FOLDER: LazyLock<Mutex<Scratch>> =
        LazyLock::new(|| Mutex::new(Scratch::new(VOCABULARY)));
    read_beside(&FOLDER, "model.safetensors", bytes);
}

/// A `tokenizer.json`, as the conversion reads it and as the engine does.
pub(crate) fn tokenizer(bytes: &[u8]) {
    /// Without a tensor: what is missing is looked for after the tokenizer is read.
    const WEIGHTS: &[u8] = b"\x02\0\0\0\0\0\0\0{}";
    static FOLDER: LazyLock<Mutex<Scratch>> = LazyLock::new(|| {
        Mutex::new(Scratch::new(&[("config.json", CONFIG), ("model.safetensors", WEIGHTS)]))
    });
    read_beside(&FOLDER, "tokenizer.json", bytes);
    let folder = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    let read =
        pounce_engine::tokenize(&folder.path().join("tokenizer.json"), "def f(a):\n\treturn é<s>");
    drop(read.inspect_err(check_error));
}

/// Reads a checkpoint in which one file has these bytes.
fn read_beside(folder: &Mutex<Scratch>, name: &str, bytes: &[u8]) {
    let folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
    folder.write(name, bytes);
    drop(inspect(folder.path()).inspect_err(check_error));
}

fn archive(pickle: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [("archive/data.pkl", pickle), ("archive/data/0", &[0; 64])] {
        zip.start_file(name, stored)?;
        zip.write_all(content)?;
    }
    Ok(zip.finish()?.into_inner())
}
