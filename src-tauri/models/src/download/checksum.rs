//! SHA-256 of files on the disk.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::path::Path;

use pounce_model_format::regular_file::{self, FileKind};
use sha2::{Digest, Sha256};

/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// The SHA-256 of a file in lower-case hexadecimal. `on_bytes` gets the size of every chunk that
/// was read; if it returns `false`, reading ends and the result is `None`.
pub(crate) fn of_file(
    path: &Path,
    on_bytes: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Option<String>> {
    copy(path, &mut io::sink(), on_bytes)
}

/// Copies a file and returns its SHA-256; see [`of_file`].
pub(crate) fn copy(
    path: &Path,
    to: &mut dyn Write,
    on_bytes: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Option<String>> {
    let file = regular_file::open(path, FileKind::of(&path.to_string_lossy()))?;
    let n_bytes = file.metadata()?.len();
    // A file that grows meanwhile is not followed: its checksum is wrong anyway.
    let mut file = file.take(n_bytes);
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let n = file.read(&mut chunk)?;
        if n == 0 {
            return Ok(Some(hexadecimal(&hasher.finalize())));
        }
        hasher.update(&chunk[..n]);
        to.write_all(&chunk[..n])?;
        if !on_bytes(n as u64) {
            return Ok(None);
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_checksum_is_that_of_the_standard() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("abc");
        std::fs::write(&file, "abc").unwrap();
        let (mut copied, mut n_bytes) = (Vec::new(), 0);
        let mut count = |n| {
            n_bytes += n;
            true
        };
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(copy(&file, &mut copied, &mut count).unwrap().as_deref(), Some(expected));
        assert_eq!((copied.as_slice(), n_bytes), (b"abc".as_slice(), 3));
        assert_eq!(of_file(&file, &mut |_| false).unwrap(), None, "stopped by the callback");
    }
}
