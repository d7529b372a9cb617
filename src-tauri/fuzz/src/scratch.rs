//! [`Scratch`]: a folder whose files are rewritten for every input, so `TMPDIR` should name a folder
//! in memory.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary folder. It is empty at first, and is left behind when a static holds it.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new(files: &[(&str, &[u8])]) -> Self {
        let dir = tempfile::Builder::new().prefix("pounce-fuzz-").tempdir();
        let scratch = Self(dir.expect("the temporary folder can be written"));
        for (name, content) in files {
            scratch.write(name, content);
        }
        scratch
    }

    /// Replaces a file and returns its path.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).expect("the folder is ours");
        path
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Asserts that an error can be shown: it is one line.
pub(crate) fn check_error(error: &impl ToString) {
    let message = error.to_string();
    assert_eq!(message.lines().count(), 1, "one line: {message}");
}
