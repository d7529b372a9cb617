//! [`FileList`]: the files and folders below a folder that no ignore file names.

use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use super::source_file::Stamp;

/// Names of the files that say which others are ignored.
pub(crate) const IGNORE_FILES: [&str; 3] = [".gitignore", ".ignore", OWN_IGNORE_FILE];
/// The ignore file of this program, with the rules of `.gitignore`.
const OWN_IGNORE_FILE: &str = ".pounceignore";

/// How far down a folder is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What is directly in it.
    One,
    /// Everything below it.
    All,
}

/// What was found below a folder.
#[derive(Debug, Default)]
pub(crate) struct FileList {
    /// Files with the version that is there.
    pub(crate) files: Vec<(PathBuf, Stamp)>,
    /// Folders, the listed one included.
    pub(crate) folders: Vec<PathBuf>,
    /// How many entries the system did not let be read.
    pub(crate) n_unreadable: usize,
    /// Whether there are more files than the limit.
    pub(crate) is_cut: bool,
}

impl FileList {
    /// Lists at most `max_files` below `folder`, and stops early once `is_stopped`. Links are not
    /// followed, so none leads in a circle or out of the folder. Hidden files are left out.
    pub(crate) fn read(
        folder: &Path,
        depth: Depth,
        max_files: usize,
        is_stopped: impl Fn() -> bool,
    ) -> Self {
        let mut list = Self::default();
        let mut walk = WalkBuilder::new(folder);
        walk.add_custom_ignore_filename(OWN_IGNORE_FILE).require_git(false);
        walk.max_depth((depth == Depth::One).then_some(1));
        for entry in walk.build() {
            if is_stopped() || list.is_cut {
                break;
            }
            match entry {
                Ok(entry) => list.add(entry, max_files),
                Err(_) => list.n_unreadable += 1,
            }
        }
        list
    }

    fn add(&mut self, entry: DirEntry, max_files: usize) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() {
            self.folders.push(entry.into_path());
        } else if kind.is_file() {
            self.is_cut = self.files.len() >= max_files;
            match entry.metadata() {
                Ok(_) if self.is_cut => {}
                Ok(metadata) => self.files.push((entry.into_path(), Stamp::of(&metadata))),
                Err(_) => self.n_unreadable += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(folder: &Path, depth: Depth, max_files: usize) -> Vec<String> {
        let list = FileList::read(folder, depth, max_files, || false);
        let name = |path: &PathBuf| path.strip_prefix(folder).unwrap().display().to_string();
        let mut names: Vec<_> = list.files.iter().map(|(path, _)| name(path)).collect();
        names.sort();
        names
    }

    #[test]
    fn ignore_files_hidden_files_and_links_are_heeded() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("src")).unwrap();
        fs::create_dir_all(root.join("target")).unwrap();
        let files = ["a.rs", "src/b.rs", "src/private.rs", "target/c.rs", ".hidden.rs", "x.log"];
        files.iter().for_each(|file| fs::write(root.join(file), "x").unwrap());
        fs::write(root.join(".gitignore"), "target/\n*.log\n").unwrap();
        fs::write(root.join(".pounceignore"), "private.rs\n").unwrap();
        #[cfg(unix)]
        for (target, link) in
            [(root, "src/loop"), (Path::new("two"), "one"), (Path::new("one"), "two")]
        {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
        }
        assert_eq!(names(root, Depth::All, 100), ["a.rs", "src/b.rs"]);
        assert_eq!(names(root, Depth::One, 100), ["a.rs"], "without what is deeper");
        assert_eq!(names(&root.join("src"), Depth::One, 100), ["b.rs"], "rules from above count");
        assert_eq!(names(root, Depth::All, 1).len(), 1, "no more than the limit");
        assert!(FileList::read(root, Depth::All, 1, || false).is_cut, "and that is said");
        let vanished = FileList::read(&root.join("none"), Depth::All, 9, || false);
        assert_eq!((vanished.files.len(), vanished.n_unreadable), (0, 1), "a vanished folder");
    }
}
