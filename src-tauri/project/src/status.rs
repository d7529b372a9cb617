//! [`FolderStatus`]: what is known of a folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::selection::LeftOut;

/// How far the reading of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderState {
    /// It is being read, or will be.
    Reading,
    /// It is read.
    Read,
    /// There is no such folder, or it cannot be opened.
    Missing,
}

/// What is known of a folder that the user has named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderStatus {
    /// The folder.
    pub folder: PathBuf,
    /// How far the reading is.
    pub state: FolderState,
    /// Files that are known.
    pub n_files: usize,
    /// Their lines.
    pub n_lines: usize,
    /// Files that are not read, by the reason, at the last reading of the whole.
    pub left_out: BTreeMap<LeftOut, usize>,
    /// Whether there are more files or lines than are read.
    pub is_cut: bool,
    /// Why changes are not noticed at once but looked for; `None` if they are noticed.
    pub watch_problem: Option<String>,
}

impl FolderStatus {
    /// A folder that is not read yet.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            state: FolderState::Reading,
            n_files: 0,
            n_lines: 0,
            left_out: BTreeMap::new(),
            is_cut: false,
            watch_problem: None,
        }
    }

    /// Counts files that are left out.
    pub(crate) fn count(&mut self, why: LeftOut, n: usize) {
        if n > 0 {
            *self.left_out.entry(why).or_default() += n;
        }
    }
}
