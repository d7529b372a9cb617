//! Small files: read where they can be read, replaced in one step, locked between processes.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

/// Reads a file that the program can do without. `None` if there is none, or if it is damaged,
/// which is logged.
pub fn read_json<T: DeserializeOwned>(file: &Path) -> Option<T> {
    let text = fs::read_to_string(file).ok()?;
    let parsed = serde_json::from_str(&text);
    parsed
        .inspect_err(
            |error| tracing::warn!(file = %file.display(), %error, "ignored a damaged file"),
        )
        .ok()
}

/// Replaces a file by `value` as JSON; see [`write()`].
///
/// # Errors
/// What the system says.
pub fn write_json(file: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    write(file, &text)
}

/// Locks a file that is read, changed and replaced, until the result is dropped. Waits for the
/// other threads and processes of ours that hold it. The lock is on a hidden file beside it, since
/// the file itself is replaced; the system releases it when the process ends, however it ends.
///
/// # Errors
/// The lock file cannot be made or locked.
pub fn lock_for_update(file: &Path) -> io::Result<File> {
    let dir = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let lock = File::create(dir.join(format!(".{name}.lock")))?;
    lock.lock()?;
    Ok(lock)
}

/// Makes and locks `lock_file` until the result is dropped; `None` if another thread or process
/// holds it.
///
/// # Errors
/// The file cannot be made or locked.
pub(crate) fn try_lock(lock_file: &Path) -> io::Result<Option<File>> {
    let lock = File::create(lock_file)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Replaces a file so that after a crash either the old or the new text is there. Only its owner
/// may read it. Missing folders are made.
///
/// # Errors
/// What the system says.
pub fn write(file: &Path, text: &str) -> io::Result<()> {
    let dir = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut temporary = NamedTempFile::new_in(dir)?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_replaces_the_file_and_leaves_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a/b.json");
        write_json(&file, &[1, 2]).unwrap();
        write_json(&file, &[3]).unwrap();
        assert_eq!(read_json::<Vec<u8>>(&file), Some(vec![3]), "the new text");
        let n_files = fs::read_dir(dir.path().join("a")).unwrap().count();
        assert_eq!(n_files, 1, "no temporary file stays behind");
    }
}
