//! The one way to open a file that may come from anywhere: a folder that the user points to, a
//! download, a model that another program wrote. It must be a regular file, so that no pipe makes
//! the program wait for ever and no device feeds it without end, and no longer than files of its
//! kind are.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// What a file is for, which bounds its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A manifest, a configuration or an index of shards, in JSON.
    Description,
    /// A vocabulary, in JSON or text. Gemma's, one of the largest, has 33 MB.
    Tokenizer,
    /// An ONNX graph without its weights. The largest measured has 370 kB, for 24 layers.
    Graph,
    /// Weights: safetensors, pickle, GGUF or our own.
    Weights,
}

impl FileKind {
    /// The kind of a file by its name or path.
    pub fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name {
            "tokenizer.json" | "vocab.json" | "merges.txt" => Self::Tokenizer,
            _ if name.ends_with(".json") => Self::Description,
            _ if name.ends_with(".onnx") => Self::Graph,
            _ => Self::Weights,
        }
    }

    /// The most bytes that a file of this kind may have.
    pub fn max_bytes(self) -> u64 {
        match self {
            Self::Description => 32 << 20,
            Self::Tokenizer => 64 << 20,
            Self::Graph => 8 << 20,
            Self::Weights => 64 << 30,
        }
    }
}

/// Opens a regular file. A link to one is followed.
///
/// # Errors
/// There is none, it is a device, a pipe, a socket or a folder, or it is longer than its kind may
/// be.
pub fn open(path: &Path, kind: FileKind) -> io::Result<File> {
    let file = open_without_waiting(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    match metadata.len() {
        len if len > kind.max_bytes() => Err(too_long(kind)),
        _ => Ok(file),
    }
}

/// Reads a regular file as a whole.
///
/// # Errors
/// Those of [`open`]; or the file grows beyond its limit while it is read.
pub fn read(path: &Path, kind: FileKind) -> io::Result<Vec<u8>> {
    let file = open(path, kind)?;
    let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(len);
    file.take(kind.max_bytes() + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > kind.max_bytes() { Err(too_long(kind)) } else { Ok(bytes) }
}

/// Reads a regular file of text as a whole.
///
/// # Errors
/// Those of [`read`]; or the text is not in UTF-8.
pub fn read_to_string(path: &Path, kind: FileKind) -> io::Result<String> {
    String::from_utf8(read(path, kind)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

/// Opening a pipe that nothing writes to would wait for a writer.
fn open_without_waiting(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed());
    }
    options.open(path)
}

fn too_long(kind: FileKind) -> io::Error {
    let limit = kind.max_bytes() >> 20;
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it is longer than {limit} MiB"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_file_follows_from_its_name() {
        let check = |path: &str, kind| assert_eq!(FileKind::of(path), kind, "{path}");
        check("manifest.json", FileKind::Description);
        check("model.safetensors.index.json", FileKind::Description);
        check("a/tokenizer.json", FileKind::Tokenizer);
        check("merges.txt", FileKind::Tokenizer);
        check("decoder.onnx", FileKind::Graph);
        check("x/model-q8_0.gguf", FileKind::Weights);
    }

    #[test]
    fn a_file_that_is_longer_than_its_kind_is_refused_unread() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        File::create(&path).unwrap().set_len((32 << 20) + 1).unwrap();
        let error = read(&path, FileKind::Description).unwrap_err();
        assert_eq!(error.to_string(), "it is longer than 32 MiB");
        assert!(open(&path, FileKind::Tokenizer).is_ok(), "a vocabulary may be longer");
    }

    #[cfg(unix)]
    #[test]
    fn only_regular_files_and_links_to_them_are_opened() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("file"), "abc").unwrap();
        symlink(path("file"), path("link")).unwrap();
        symlink("/dev/zero", path("device")).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe"), mode).unwrap();
        let text = |name: &str| read_to_string(&path(name), FileKind::Description);
        assert_eq!(text("link").unwrap(), "abc");
        for name in ["device", "pipe", "."] {
            let message = text(name).unwrap_err().to_string();
            assert_eq!(message, "it is not a regular file", "{name}");
        }
    }
}
