//! Free space on the disk, checked before anything is written.

use std::io;
use std::path::Path;

use pounce_model_format::Quantization;

use crate::error::InstallError;

/// Returns how many bytes are free on the disk of a path. Tests bring their own.
pub type SpaceProbe = fn(&Path) -> io::Result<u64>;

/// Bytes that stay free on the disk whatever is downloaded, for everything else that writes there.
pub(crate) const RESERVE_BYTES: u64 = 256 << 20;

/// Most bytes that graphs and tokenizer of a converted model take beside its weights.
const GRAPHS_BYTES: u64 = 24 << 20;

/// The bytes that are free on the disk of `path`, or of the nearest folder above it that exists.
///
/// # Errors
/// The system does not know.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let existing = path.ancestors().find(|folder| folder.exists());
    fs4::available_space(existing.unwrap_or(Path::new(".")))
}

/// An upper bound of the bytes of a converted model. A checkpoint has 2 or 4 bytes a weight, a GGUF
/// file at least half a byte; the model has 1.125 bytes a weight at 8 bits and 4 without
/// quantization.
pub(crate) fn converted_bytes(
    weights_bytes: u64,
    is_gguf: bool,
    quantization: Quantization,
) -> u64 {
    let growth = match (quantization, is_gguf) {
        (Quantization::None, true) => 8,
        (Quantization::None, false) => 2,
        (_, true) => 2,
        (_, false) => 1,
    };
    weights_bytes.saturating_mul(growth).saturating_add(GRAPHS_BYTES)
}

/// Checks that `needed` bytes are free at `path`. Passes if `free` does not know.
///
/// # Errors
/// [`InstallError::DiskSpace`].
pub(crate) fn check(free: SpaceProbe, path: &Path, needed: u64) -> Result<(), InstallError> {
    match free(path) {
        Ok(free) if free < needed => {
            Err(InstallError::DiskSpace { needed, free, path: path.to_owned() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_on_its_parent_s_disk() {
        let dir = tempfile::tempdir().unwrap();
        assert!(free_bytes(&dir.path().join("a/b/c")).unwrap() > 0);
    }

    #[test]
    fn too_little_space_is_an_error_with_numbers_and_folder() {
        let free: SpaceProbe = |_| Ok(1_500_000);
        assert!(check(free, Path::new("/m"), 1_500_000).is_ok(), "just enough");
        let message = check(free, Path::new("/m"), 2_000_001).unwrap_err().to_string();
        assert!(message.starts_with("3 MB are needed in /m, 1 MB are free"), "{message}");
        assert!(check(|_| Err(io::ErrorKind::Unsupported.into()), Path::new("/m"), 1).is_ok());
    }
}
