//! [`neighbours`]: the files beside a file, which have the same habits.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use crate::index::{LineHash, LineIndex};
use crate::selection::SourceFile;
use crate::sync::read;

/// At most this many files are read, the last changed ones.
const MAX_FILES: usize = 64;
/// At most this many bytes of them: a few milliseconds.
const MAX_BYTES: usize = 1 << 20;
/// Files that have fewer lines in common are no copies.
const MIN_SHARED: usize = 8;

/// The texts of the files in the folder of `path` with the same extension, the last changed first. Copies
/// of the file are left out: the code that is to be written may stand there already. The files are read by
/// `read_file`; it returns `None` for a file that cannot be read any more.
pub(crate) fn neighbours(
    index: &RwLock<LineIndex>,
    path: &Path,
    read_file: impl Fn(&Path) -> Option<SourceFile>,
) -> Vec<String> {
    let mut n_bytes = 0;
    let texts = paths(index, path).into_iter().take(MAX_FILES);
    let texts = texts.filter_map(|path| read_file(&path)).map(|source| source.text);
    let fits = |text: &String| {
        n_bytes += text.len();
        n_bytes <= MAX_BYTES
    };
    texts.take_while(fits).collect()
}

fn paths(index: &RwLock<LineIndex>, path: &Path) -> Vec<PathBuf> {
    let Some(entries) = path.parent().and_then(|folder| folder.read_dir().ok()) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let is_alike = |other: &PathBuf| other.extension() == path.extension() && other != path;
    let paths: Vec<PathBuf> = paths.filter(is_alike).collect();
    let index = read(index);
    let own = index.file_at(path).map_or(&[][..], |file| &*file.hashes);
    let own: HashSet<LineHash> = own.iter().copied().collect();
    // Files that the index does not have may be ignored ones or secrets.
    let known = paths.into_iter().filter_map(|path| Some((index.file_at(&path)?, path)));
    let others = known.filter(|(file, _)| !is_copy(&own, &file.hashes));
    let mut others: Vec<_> =
        others.map(|(file, path)| (std::cmp::Reverse(file.stamp.modified), path)).collect();
    others.sort();
    others.into_iter().map(|(_, path)| path).collect()
}

/// Whether more than half of the lines of the smaller file stand in the other.
fn is_copy(own: &HashSet<LineHash>, other: &[LineHash]) -> bool {
    let other: HashSet<LineHash> = other.iter().copied().collect();
    let n_shared = own.intersection(&other).count();
    n_shared > MIN_SHARED && 2 * n_shared > own.len().min(other.len())
}
