//! [`PrivateAppender`]: writes one file a day, which only the user may read.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tracing_appender::rolling::{RollingFileAppender, Rotation};

use crate::app::private_folder;

/// How many files are kept.
const N_FILES: usize = 7;
const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// The file of the day. `tracing-appender` creates it with the permissions of every other file.
pub(super) struct PrivateAppender {
    appender: RollingFileAppender,
    folder: PathBuf,
    /// The day (UTC) whose file has its permissions, counted from 1970; `None` before the first write.
    day: Option<u64>,
}

impl PrivateAppender {
    /// Writes into `folder`, which it creates.
    ///
    /// # Errors
    /// If the folder is not the user's, or cannot be written.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        private_folder::create(folder)?;
        let appender = RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix("pounce")
            .filename_suffix("log")
            .max_log_files(N_FILES)
            .build(folder)?;
        Ok(Self { appender, folder: folder.to_owned(), day: None })
    }

    /// Takes every file from the other users, the first time on each day.
    fn close_to_others(&mut self) -> io::Result<()> {
        let today =
            SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs() / SECONDS_PER_DAY;
        if self.day.replace(today) == Some(today) {
            return Ok(());
        }
        for file in fs::read_dir(&self.folder)? {
            let file = file?;
            if file.file_type()?.is_file() {
                fs::set_permissions(file.path(), Permissions::from_mode(0o600))?;
            }
        }
        Ok(())
    }
}

impl Write for PrivateAppender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_bytes = self.appender.write(bytes)?;
        self.close_to_others()?;
        Ok(n_bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.appender.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_user_may_read_the_log() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("logs");
        fs::create_dir(&folder).unwrap();
        let old = folder.join("pounce.2020-01-01.log");
        fs::write(&old, "").unwrap();
        for path in [&folder, &old] {
            fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        }
        PrivateAppender::open(&folder).unwrap().write_all(b"ready\n").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700, "no other user sees the files");
        let files: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files.len(), 2, "the old file and the one of today: {files:?}");
        for file in files {
            assert_eq!(mode(&file), 0o600, "{file:?} is the user's");
        }
    }
}
