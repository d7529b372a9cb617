//! Small files of the service: read if they can be, written in one step.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

/// Runs what may block away from the tasks that answer requests: syncing a file, joining a thread,
/// trimming the heap, reading `/proc`. Each is quick on an idle machine; on a crowded one, files that
/// tasks synced themselves once held up an answer for 11 s.
pub(crate) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    spawn_blocking(work).await.expect("the work does not panic, and nobody aborts it")
}

/// Reads a file that the program can do without: `None`, and a warning, if it is damaged.
pub(crate) fn read_json<T: DeserializeOwned>(file: &Path) -> Option<T> {
    let text = std::fs::read_to_string(file).ok()?;
    let parsed = serde_json::from_str(&text);
    parsed
        .inspect_err(
            |error| tracing::warn!(file = %file.display(), %error, "ignored a damaged file"),
        )
        .ok()
}

/// Writes `value` as JSON; see [`write()`].
pub(crate) fn write_json(file: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    write(file, &text)
}

/// Waits until nobody else holds a file, no other thread and no other process of ours: for reading
/// it and writing it anew. Held until the result is dropped. The lock is a hidden file beside it,
/// since the file itself is replaced; the system releases it whenever the process ends.
pub(crate) fn hold(file: &Path) -> io::Result<File> {
    let dir = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let lock = File::create(dir.join(format!(".{name}.lock")))?;
    lock.lock()?;
    Ok(lock)
}

/// Writes a file so that after a crash either the old or the new text is there, readable by its
/// owner only. Missing folders are made.
pub(crate) fn write(file: &Path, text: &str) -> io::Result<()> {
    let dir = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir)?;
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
        let n_files = std::fs::read_dir(dir.path().join("a")).unwrap().count();
        assert_eq!(n_files, 1, "no temporary file stays behind");
    }
}
