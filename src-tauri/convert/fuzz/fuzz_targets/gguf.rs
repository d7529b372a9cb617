//! Reads arbitrary bytes as a GGUF file, whose header, config and vocabulary must be refused or
//! understood.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// The file that is rewritten for every input, so `TMPDIR` should name a folder in memory.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("pounce-fuzz-{}.gguf", std::process::id())));

fuzz_target!(|bytes: &[u8]| {
    std::fs::write(&*FILE, bytes).expect("the temporary folder can be written");
    if let Err(error) = pounce_convert::inspect(&FILE) {
        assert_eq!(error.to_string().lines().count(), 1, "one line: {error}");
    }
});
