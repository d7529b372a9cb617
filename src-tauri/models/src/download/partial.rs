//! [`PartialDownload`]: the files of one download, which a later attempt or a later process
//! resumes. All of it blocks.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::http::ResumePoint;
use crate::storage;

/// One download: `NAME.part` has the bytes so far and `NAME.version` the server's name for their
/// version; at the end there is `NAME` alone.
#[derive(Debug, Clone)]
pub(crate) struct PartialDownload {
    whole: PathBuf,
    part: PathBuf,
    version: PathBuf,
}

impl PartialDownload {
    /// The download that ends as the file `whole`.
    pub(crate) fn of(whole: &Path) -> Self {
        let beside = |end: &str| {
            let mut name = whole.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        Self { whole: whole.to_owned(), part: beside(".part"), version: beside(".version") }
    }

    /// The file with the bytes so far.
    pub(crate) fn path(&self) -> &Path {
        &self.part
    }

    /// The bytes on the disk, complete or not.
    pub(crate) fn size_bytes(&self) -> u64 {
        let size = |path: &Path| fs::metadata(path).map(|file| file.len()).ok();
        size(&self.whole).or_else(|| size(&self.part)).unwrap_or(0)
    }

    /// Whether the file is complete, as far as its size shows; `None` is an unknown size. Also
    /// renames a complete file that a killed process did not rename.
    pub(crate) fn is_whole(&self, size_bytes: Option<u64>) -> bool {
        let size = |path: &Path| fs::metadata(path).map(|file| file.len()).ok();
        let is_there = size(&self.whole)
            .is_some_and(|found| size_bytes.is_none_or(|expected| expected == found));
        let has_all_bytes = size_bytes.is_some_and(|expected| size(&self.part) == Some(expected));
        is_there || (has_all_bytes && self.resume_point().is_some() && self.complete().is_ok())
    }

    /// Where to resume. `None` starts over, also if the server named no version: the remaining
    /// bytes could belong to another one.
    pub(crate) fn resume_point(&self) -> Option<ResumePoint> {
        let offset = fs::metadata(&self.part).ok()?.len();
        let validator = fs::read_to_string(&self.version).ok()?;
        (offset > 0 && !validator.is_empty()).then_some(ResumePoint { offset, validator })
    }

    /// Opens the file to append, or to start over with a version's name, if the server has one.
    pub(crate) fn open(&self, resumes: bool, version: Option<&str>) -> io::Result<File> {
        if let Some(dir) = self.part.parent() {
            storage::create_dir(dir)?;
        }
        if resumes {
            return OpenOptions::new().append(true).open(&self.part);
        }
        self.clear();
        let file = storage::create_file(&self.part)?;
        if let Some(version) = version {
            storage::create_file(&self.version)?.write_all(version.as_bytes())?;
        }
        Ok(file)
    }

    /// Gives the file its name, now that it is complete.
    pub(crate) fn complete(&self) -> io::Result<()> {
        fs::rename(&self.part, &self.whole)?;
        let _ = fs::remove_file(&self.version);
        Ok(())
    }

    /// Deletes everything, complete or not.
    pub(crate) fn clear(&self) {
        for file in [&self.version, &self.part, &self.whole] {
            let _ = fs::remove_file(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_process_resumes_where_this_one_ended() {
        let dir = tempfile::tempdir().unwrap();
        let partial = || PartialDownload::of(&dir.path().join("sub/weights.bin"));
        assert!(partial().resume_point().is_none(), "nothing was downloaded");
        partial().open(false, Some("\"v1\"")).unwrap().write_all(b"abc").unwrap();
        let resume = partial().resume_point().unwrap();
        assert_eq!((resume.offset, resume.validator.as_str()), (3, "\"v1\""));
        partial().open(true, None).unwrap().write_all(b"de").unwrap();
        assert_eq!(partial().size_bytes(), 5);
        assert!(!partial().is_whole(Some(6)), "a byte is missing");
        assert!(partial().is_whole(Some(5)), "complete, though not renamed");
        assert!(partial().is_whole(Some(5)) && partial().is_whole(None));
        assert!(!partial().is_whole(Some(6)), "another file meanwhile");
        assert_eq!(fs::read(dir.path().join("sub/weights.bin")).unwrap(), b"abcde");
    }

    #[test]
    fn without_a_version_it_starts_over() {
        let dir = tempfile::tempdir().unwrap();
        let partial = PartialDownload::of(&dir.path().join("weights.bin"));
        partial.open(false, None).unwrap().write_all(b"abc").unwrap();
        assert!(partial.resume_point().is_none(), "the rest could belong to another version");
        partial.open(false, Some("\"v2\"")).unwrap();
        assert_eq!(partial.size_bytes(), 0, "what was there is deleted");
    }
}
