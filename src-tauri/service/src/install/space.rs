//! Room on the disk, asked for before anything is written.

use std::io;
use std::path::Path;

use pounce_model_format::Quantization;

use super::InstallError;

/// Tells how many bytes are free where a path is. Tests have their own.
pub type SpaceProbe = fn(&Path) -> io::Result<u64>;

/// Graphs and tokenizer of a converted model, beside its weights.
const GRAPHS_BYTES: u64 = 24 << 20;

/// What the system says of the disk that `path`, or the nearest folder above it, is on.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let existing = path.ancestors().find(|folder| folder.exists());
    fs4::available_space(existing.unwrap_or(Path::new(".")))
}

/// At most what a converted model takes. Checkpoints hold 2 or 4 bytes a weight, GGUF files half a
/// byte or more; a model holds 1.125 bytes a weight at 8 bits, and 4 without quantization.
pub(super) fn of_converted(weights_bytes: u64, is_gguf: bool, quantization: Quantization) -> u64 {
    let growth = match (quantization, is_gguf) {
        (Quantization::None, true) => 8,
        (Quantization::None, false) => 2,
        (_, true) => 2,
        (_, false) => 1,
    };
    weights_bytes.saturating_mul(growth).saturating_add(GRAPHS_BYTES)
}

/// Whether `needed` bytes can be written at `path`. A disk that does not tell is tried.
///
/// # Errors
/// [`InstallError::DiskSpace`] with the numbers.
pub(super) fn check(free: SpaceProbe, path: &Path, needed: u64) -> Result<(), InstallError> {
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
    fn a_folder_that_is_not_there_yet_is_on_its_parent_s_disk() {
        let dir = tempfile::tempdir().unwrap();
        assert!(free_bytes(&dir.path().join("a/b/c")).unwrap() > 0);
    }

    #[test]
    fn too_little_room_is_told_with_numbers_and_the_folder() {
        let free: SpaceProbe = |_| Ok(1_500_000);
        assert!(check(free, Path::new("/m"), 1_500_000).is_ok(), "just enough");
        let message = check(free, Path::new("/m"), 2_000_001).unwrap_err().to_string();
        assert!(message.starts_with("3 MB are needed in /m, 1 MB are free"), "{message}");
        assert!(check(|_| Err(io::ErrorKind::Unsupported.into()), Path::new("/m"), 1).is_ok());
    }
}
