//! [`LineIndex`]: the files that are known, the hashes of their lines, and where each line stands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::line::{Line, LineHash};
use super::postings::{Posting, Postings};
use crate::selection::{SourceFile, Stamp};

/// The number of a file in an index. It may be given to another file once the first is removed.
pub(crate) type FileId = u32;

/// A file that is known.
#[derive(Debug)]
pub(crate) struct IndexedFile {
    pub(crate) path: Arc<Path>,
    /// The version that was read.
    pub(crate) stamp: Stamp,
    /// Of each line: `[n_lines]`.
    pub(crate) hashes: Box<[LineHash]>,
}

/// The hashes of all lines of all files. A file is added, changed or removed in the time that its own
/// lines take.
#[derive(Debug, Default)]
pub(crate) struct LineIndex {
    /// `None` where a file was removed.
    files: Vec<Option<IndexedFile>>,
    free: Vec<FileId>,
    by_path: BTreeMap<Arc<Path>, FileId>,
    postings: Postings,
    n_lines: usize,
}

impl LineIndex {
    /// Adds a file, or puts another version in its place.
    pub(crate) fn put(&mut self, path: &Path, source: &SourceFile) {
        self.remove(path);
        let id = self.free.pop().unwrap_or_else(|| {
            self.files.push(None);
            (self.files.len() - 1) as FileId
        });
        let mut hashes = Vec::new();
        for (at, line) in source.text.lines().map(Line::new).enumerate() {
            hashes.push(line.hash);
            if line.is_telling() {
                self.postings.add(line.hash, id, at as u32);
            }
        }
        self.n_lines += hashes.len();
        let path: Arc<Path> = path.into();
        self.by_path.insert(Arc::clone(&path), id);
        let file = IndexedFile { path, stamp: source.stamp, hashes: hashes.into() };
        self.files[id as usize] = Some(file);
    }

    /// Removes a file; one that is not known is none.
    pub(crate) fn remove(&mut self, path: &Path) {
        let Some(id) = self.by_path.remove(path) else { return };
        let Some(file) = self.files[id as usize].take() else { return };
        file.hashes.iter().for_each(|hash| self.postings.remove(*hash, id));
        self.n_lines -= file.hashes.len();
        self.free.push(id);
    }

    /// The file with this number.
    pub(crate) fn file(&self, id: FileId) -> Option<&IndexedFile> {
        self.files.get(id as usize)?.as_ref()
    }

    /// The file at this path; `None` if it is not known.
    pub(crate) fn file_at(&self, path: &Path) -> Option<&IndexedFile> {
        self.by_path.get(path).and_then(|id| self.file(*id))
    }

    /// The version of a file that was read; `None` if it is not known.
    pub(crate) fn stamp_of(&self, path: &Path) -> Option<Stamp> {
        self.file_at(path).map(|file| file.stamp)
    }

    /// The files below a folder.
    pub(crate) fn below(&self, folder: &Path) -> Vec<PathBuf> {
        // Paths are ordered by their parts, so what is below a folder stands together.
        let from = self
            .by_path
            .range::<Path, _>((std::ops::Bound::Included(folder), std::ops::Bound::Unbounded));
        let below = from.map(|(path, _)| path).take_while(|path| path.starts_with(folder));
        below.map(|path| path.to_path_buf()).collect()
    }

    /// The places where lines of this hash stand; none of a line that is not telling.
    pub(crate) fn places_of(&self, hash: LineHash) -> impl Iterator<Item = &Posting> {
        self.postings.of(hash)
    }

    /// How many files are known.
    pub(crate) fn n_files(&self) -> usize {
        self.by_path.len()
    }

    /// How many lines they have.
    pub(crate) fn n_lines(&self) -> usize {
        self.n_lines
    }

    /// How many files and lines there are below a folder.
    pub(crate) fn size_of_folder(&self, folder: &Path) -> (usize, usize) {
        let below = self.below(folder);
        let lines = |path: &PathBuf| {
            let id = self.by_path.get(path.as_path());
            id.and_then(|id| self.file(*id)).map_or(0, |file| file.hashes.len())
        };
        (below.len(), below.iter().map(lines).sum())
    }

    /// Gives back memory that was kept for more lines.
    pub(crate) fn shrink(&mut self) {
        self.postings.shrink();
        self.files.shrink_to_fit();
    }

    /// Bytes that the index takes.
    pub(crate) fn size_bytes(&self) -> usize {
        let of_file = |file: &IndexedFile| {
            // The path stands in the map, too, with about as many bytes of links.
            size_of::<LineHash>() * file.hashes.len() + 2 * file.path.as_os_str().len()
        };
        let files: usize = self.files.iter().flatten().map(of_file).sum();
        files
            + self.files.capacity() * size_of::<Option<IndexedFile>>()
            + self.postings.size_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> SourceFile {
        let metadata = tempfile::tempfile().unwrap().metadata().unwrap();
        SourceFile { text: text.to_owned(), stamp: Stamp::of(&metadata) }
    }

    fn places(index: &LineIndex, line: &str) -> Vec<(String, u32)> {
        let name = |id| index.file(id).unwrap().path.display().to_string();
        let found = index.places_of(Line::new(line).hash);
        found.map(|posting| (name(posting.file), posting.line)).collect()
    }

    #[test]
    fn a_changed_file_is_known_by_its_new_lines_alone() {
        let mut index = LineIndex::default();
        index.put(Path::new("a/x.rs"), &source("first line\n}\nsecond line\n"));
        index.put(Path::new("a/b/y.rs"), &source("second line\n"));
        assert_eq!(places(&index, "  second line"), [("a/x.rs".into(), 2), ("a/b/y.rs".into(), 0)]);
        assert!(places(&index, "}").is_empty(), "it stands anywhere");
        index.put(Path::new("a/x.rs"), &source("third line\n"));
        assert!(places(&index, "first line").is_empty(), "the old version is forgotten");
        assert_eq!(places(&index, "third line"), [("a/x.rs".into(), 0)]);
        assert_eq!((index.n_files(), index.n_lines()), (2, 2));
        index.remove(Path::new("a/b/y.rs"));
        assert!(places(&index, "second line").is_empty(), "so is a removed file");
        index.put(Path::new("ab.rs"), &source("fourth line\n"));
        assert_eq!(index.below(Path::new("a")), [Path::new("a/x.rs")], "not of `ab`");
        assert_eq!(index.size_of_folder(Path::new("a")), (1, 1));
        assert!(index.size_bytes() > 0);
    }
}
