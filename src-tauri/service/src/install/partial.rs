//! [`Partial`]: a file that is being downloaded, so that a later attempt, or a later process, goes on
//! where this one ended. Blocks.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::http::Rest;

/// Three files: `NAME.part` with what has come, `NAME.version` with what the server called the
/// version it is of, and at the end `NAME`.
#[derive(Debug, Clone)]
pub(super) struct Partial {
    whole: PathBuf,
    part: PathBuf,
    version: PathBuf,
}

impl Partial {
    pub(super) fn of(whole: &Path) -> Self {
        let beside = |end: &str| {
            let mut name = whole.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        Self { whole: whole.to_owned(), part: beside(".part"), version: beside(".version") }
    }

    pub(super) fn path(&self) -> &Path {
        &self.part
    }

    /// Bytes that are there, in whatever state.
    pub(super) fn size_bytes(&self) -> u64 {
        let size = |path: &Path| fs::metadata(path).map(|file| file.len()).ok();
        size(&self.whole).or_else(|| size(&self.part)).unwrap_or(0)
    }

    /// Whether the whole file is there, as far as its size tells. A process that was killed may have had the last of it,
    /// but not said so.
    pub(super) fn is_whole(&self, size_bytes: Option<u64>) -> bool {
        let size = |path: &Path| fs::metadata(path).map(|file| file.len()).ok();
        let is_there = size(&self.whole)
            .is_some_and(|found| size_bytes.is_none_or(|expected| expected == found));
        let has_come = size_bytes.is_some_and(|expected| size(&self.part) == Some(expected));
        is_there || (has_come && self.rest().is_some() && self.complete().is_ok())
    }

    /// Where to go on; `None` is the beginning, also where the server named no version: the rest of
    /// another one would not fit.
    pub(super) fn rest(&self) -> Option<Rest> {
        let offset = fs::metadata(&self.part).ok()?.len();
        let validator = fs::read_to_string(&self.version).ok()?;
        (offset > 0 && !validator.is_empty()).then_some(Rest { offset, validator })
    }

    /// Opens it for what comes now: after the bytes that are there, or from the beginning.
    pub(super) fn open(&self, is_rest: bool, version: Option<&str>) -> io::Result<File> {
        if let Some(dir) = self.part.parent() {
            fs::create_dir_all(dir)?;
        }
        if is_rest {
            return OpenOptions::new().append(true).open(&self.part);
        }
        self.clear();
        let file = File::create(&self.part)?;
        if let Some(version) = version {
            fs::write(&self.version, version)?;
        }
        Ok(file)
    }

    /// It is all there.
    pub(super) fn complete(&self) -> io::Result<()> {
        fs::rename(&self.part, &self.whole)?;
        let _ = fs::remove_file(&self.version);
        Ok(())
    }

    /// Forgets what has come.
    pub(super) fn clear(&self) {
        for file in [&self.version, &self.part, &self.whole] {
            let _ = fs::remove_file(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_later_process_goes_on_where_this_one_ended() {
        let dir = tempfile::tempdir().unwrap();
        let partial = || Partial::of(&dir.path().join("sub/weights.bin"));
        assert!(partial().rest().is_none(), "nothing has come");
        partial().open(false, Some("\"v1\"")).unwrap().write_all(b"abc").unwrap();
        let rest = partial().rest().unwrap();
        assert_eq!((rest.offset, rest.validator.as_str()), (3, "\"v1\""));
        partial().open(true, None).unwrap().write_all(b"de").unwrap();
        assert_eq!(partial().size_bytes(), 5);
        assert!(!partial().is_whole(Some(6)), "a byte is missing");
        assert!(partial().is_whole(Some(5)), "nobody was left to say so");
        assert!(partial().is_whole(Some(5)) && partial().is_whole(None));
        assert!(!partial().is_whole(Some(6)), "another file by now");
        assert_eq!(fs::read(dir.path().join("sub/weights.bin")).unwrap(), b"abcde");
    }

    #[test]
    fn without_a_version_it_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        let partial = Partial::of(&dir.path().join("weights.bin"));
        partial.open(false, None).unwrap().write_all(b"abc").unwrap();
        assert!(partial.rest().is_none(), "nobody knows what the rest would be of");
        partial.open(false, Some("\"v2\"")).unwrap();
        assert_eq!(partial.size_bytes(), 0, "what was there is gone");
    }
}
