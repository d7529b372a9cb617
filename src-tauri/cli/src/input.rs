//! Reads the code to complete from a file or from standard input. Refuses binary and huge input.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};

/// The largest input in bytes. More is surely a mistake, and only the last pages would matter.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The text of `path`; `-` is standard input.
///
/// # Errors
/// One line that names the file and what is wrong with it.
pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        return text("standard input", std::io::stdin().lock());
    }
    let name = path.display().to_string();
    if path.is_dir() {
        bail!("{name} is a folder: give a file, or - for standard input");
    }
    let file = File::open(path).with_context(|| format!("cannot open {name}"))?;
    text(&name, file)
}

fn text(name: &str, source: impl Read) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    source
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {name}"))?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!("{name} is larger than {} MB: give the part around the cursor", MAX_BYTES >> 20);
    }
    if bytes.contains(&0) {
        bail!("{name} is binary: give a text file");
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        anyhow::anyhow!(
            "{name} is not UTF-8 (byte {offset}): convert it first, with iconv for example"
        )
    })?;
    if text.trim().is_empty() {
        bail!("{name} is empty: there is nothing to complete");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_code_is_refused_in_one_line() {
        let check = |bytes: &[u8], expected: &str| {
            let message = format!("{:#}", text("snippet.py", bytes).unwrap_err());
            assert!(message.starts_with("snippet.py") && message.contains(expected), "{message}");
            assert!(!message.contains('\n'), "one line: {message}");
        };
        check(b"", "empty");
        check(b" \n\t", "empty");
        check(b"\x7FELF\0\0", "binary");
        check(b"ab\xFFcd", "byte 2");
        check(&vec![b'a'; 10 << 20], "larger than 4 MB");
        assert_eq!(text("snippet.py", b"x = ".as_slice()).unwrap(), "x = ");
    }

    #[test]
    fn a_missing_file_and_a_folder_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let message = |path: &Path| format!("{:#}", read(path).unwrap_err());
        assert!(message(&folder.path().join("none.py")).contains("none.py"));
        assert!(message(folder.path()).contains("is a folder"));
    }
}
