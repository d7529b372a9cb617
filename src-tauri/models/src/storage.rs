//! The user's files: their folders can be entered and they can be read by their owner alone. Small
//! ones are read where they can be read, replaced in one step, and locked between processes.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

/// Makes a folder and those above it that are missing, which only their owner can enter.
///
/// # Errors
/// What the system says.
pub fn create_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Makes a file, or empties the one that is there. Only its owner can read it.
///
/// # Errors
/// What the system says.
pub fn create_file(path: &Path) -> io::Result<File> {
    private_file().create(true).truncate(true).open(path)
}

/// Makes a file that must not be there yet. Only its owner can read it.
///
/// # Errors
/// What the system says.
pub(crate) fn create_new_file(path: &Path) -> io::Result<File> {
    private_file().create_new(true).open(path)
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes all permissions on a file or folder from everyone but its owner. Does nothing on systems
/// that keep users apart by access lists.
///
/// # Errors
/// What the system says, such as that another user owns it.
pub fn make_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path)?.permissions().mode();
        if mode & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700))?;
        }
    }
    Ok(())
}

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
    create_dir(dir)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let lock = create_file(&dir.join(format!(".{name}.lock")))?;
    lock.lock()?;
    Ok(lock)
}

/// Makes and locks `lock_file` until the result is dropped; `None` if another thread or process
/// holds it.
///
/// # Errors
/// The file cannot be made or locked.
pub(crate) fn try_lock(lock_file: &Path) -> io::Result<Option<File>> {
    let lock = create_file(lock_file)?;
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
    create_dir(dir)?;
    let mut temporary = NamedTempFile::new_in(dir)?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_their_owner_can_read_files_and_enter_folders() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let mode =
            |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
        write_json(&dir.path().join("a/b/c.json"), &[1]).unwrap();
        drop(lock_for_update(&dir.path().join("a/b/c.json")).unwrap());
        assert_eq!([mode("a"), mode("a/b")], [0o700; 2]);
        assert_eq!([mode("a/b/c.json"), mode("a/b/.c.json.lock")], [0o600; 2]);
        fs::set_permissions(dir.path().join("a"), PermissionsExt::from_mode(0o755)).unwrap();
        make_private(&dir.path().join("a")).unwrap();
        assert_eq!(mode("a"), 0o700, "one of an earlier version");
    }

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
