//! Reads arbitrary bytes as the pickle of a `pytorch_model.bin`. Nothing may be executed, and
//! everything but a dictionary of tensors must be refused.
#![no_main]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A checkpoint with a vocabulary of two tokens. Its weights are rewritten for every input, so
/// `TMPDIR` should name a folder in memory.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("pounce-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the temporary folder can be written");
    let config = r#"{"model_type":"t5","vocab_size":2,"d_model":16,"d_kv":8,"d_ff":16,"num_heads":2,"num_layers":1,
        "relative_attention_num_buckets":8,"pad_token_id":0,"eos_token_id":1,"decoder_start_token_id":0}"#;
    fs::write(folder.join("config.json"), config).expect("the folder is ours");
    fs::write(folder.join("vocab.json"), r#"{"a":0,"b":1}"#).expect("the folder is ours");
    fs::write(folder.join("merges.txt"), "").expect("the folder is ours");
    folder
});

fuzz_target!(|bytes: &[u8]| {
    write_archive(&FOLDER.join("pytorch_model.bin"), bytes).expect("the folder is ours");
    if let Err(error) = pounce_convert::inspect(&FOLDER) {
        assert_eq!(error.to_string().lines().count(), 1, "one line: {error}");
    }
});

fn write_archive(path: &Path, pickle: &[u8]) -> zip::result::ZipResult<()> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(File::create(path)?);
    for (name, content) in [("archive/data.pkl", pickle), ("archive/data/0", &[0; 64])] {
        zip.start_file(name, stored)?;
        zip.write_all(content)?;
    }
    zip.finish().map(drop)
}
