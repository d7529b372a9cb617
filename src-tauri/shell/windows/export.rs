//! Writes the files that the dashboard exports into the downloads folder, without overwriting any.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::wire::{ExportFile, ExportKind};

/// Writes `file` into `folder` and returns its path.
///
/// # Errors
/// If the content is not what its kind says, or the folder cannot be written.
pub(crate) fn save(folder: &Path, file: &ExportFile) -> io::Result<PathBuf> {
    let (extension, content) = match file.kind {
        ExportKind::Csv => ("csv", file.content.clone().into_bytes()),
        ExportKind::Png => ("png", STANDARD.decode(&file.content).map_err(io::Error::other)?),
    };
    std::fs::create_dir_all(folder)?;
    for n in 1.. {
        let suffix = if n == 1 { String::new() } else { format!("-{n}") };
        let path = folder.join(format!("pounce-latency{suffix}.{extension}"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut created) => return created.write_all(&content).map(|()| path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    unreachable!("the numbers do not end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_overwritten() {
        let folder = tempfile::TempDir::new().unwrap();
        let csv = |content: &str| ExportFile { kind: ExportKind::Csv, content: content.into() };
        let names: Vec<_> = ["a", "b", "c"]
            .iter()
            .map(|content| {
                save(folder.path(), &csv(content)).unwrap().file_name().unwrap().to_owned()
            })
            .collect();
        assert_eq!(
            names,
            ["pounce-latency.csv", "pounce-latency-2.csv", "pounce-latency-3.csv"],
            "each its own name"
        );
        let first = std::fs::read_to_string(folder.path().join(&names[0])).unwrap();
        assert_eq!(first, "a", "the first is as it was");
    }

    #[test]
    fn a_picture_is_decoded() {
        let folder = tempfile::TempDir::new().unwrap();
        let png = |content: &str| ExportFile { kind: ExportKind::Png, content: content.into() };
        let path = save(folder.path(), &png("iVBORw==")).unwrap();
        assert_eq!(std::fs::read(path).unwrap(), b"\x89PNG", "the bytes, not their text");
        assert!(save(folder.path(), &png("not base64!")).is_err(), "nonsense is refused");
    }
}
