//! [`Keeper`]: keeps the index as the folders are. It reads a folder as a whole once, and later only
//! what has changed; it runs in one thread.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use super::keeper_message::Message;
use super::low_priority::low_priority;
use super::watches::Watches;
use crate::index::LineIndex;
use crate::limits::Limits;
use crate::selection::{Depth, FileList, IGNORE_FILES, LeftOut, ReadFile};
use crate::status::{FolderState, FolderStatus};
use crate::sync::{lock, read, write};

/// Changes that come within this time are looked at together: an editor writes a file in several steps,
/// a checkout thousands of files.
const SETTLING: Duration = Duration::from_millis(200);

/// What the reading thread shares with those who search.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) index: RwLock<LineIndex>,
    pub(crate) folders: Mutex<Vec<FolderStatus>>,
    /// Raised when other folders are named or the reading is to stop: a walk through others ends then.
    pub(crate) generation: AtomicU64,
}

/// Keeps the index as the folders are.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    limits: Limits,
    read_file: Arc<ReadFile>,
    /// `None` where the folders are read once and not watched.
    watches: Option<Watches>,
    /// Folders that were listed, below those that the user has named.
    known: BTreeSet<PathBuf>,
    generation: u64,
}

impl Keeper {
    /// Knows no folder. Without `watches` the folders are read once.
    pub(crate) fn new(
        shared: Arc<Shared>,
        limits: Limits,
        read_file: Arc<ReadFile>,
        watches: Option<Watches>,
    ) -> Self {
        Self { shared, limits, read_file, watches, known: BTreeSet::new(), generation: 0 }
    }

    /// Does what the messages say until they end, at low priority.
    pub(crate) fn run(mut self, messages: &Receiver<Message>) {
        low_priority();
        while let Ok(first) = messages.recv() {
            let mut changed = BTreeSet::new();
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Stop => return,
                    Message::Folders(folders) => self.set_folders(&folders),
                    Message::CheckAgain => self.check_again(),
                    Message::Changed(path) => drop(changed.insert(path)),
                }
                next = match messages.recv_timeout(SETTLING) {
                    Ok(message) => Some(message),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                };
            }
            self.look_at(&changed);
        }
    }

    /// Reads these folders, and forgets what is below none of them.
    pub(crate) fn set_folders(&mut self, folders: &[PathBuf]) {
        self.generation = self.shared.generation.load(Ordering::SeqCst);
        let gone: Vec<PathBuf> = {
            let mut status = lock(&self.shared.folders);
            let (kept, gone) = status.drain(..).partition(|old| folders.contains(&old.folder));
            *status = kept;
            let is_new = |folder: &&PathBuf| !status.iter().any(|old| old.folder == **folder);
            let new: Vec<_> =
                folders.iter().filter(is_new).cloned().map(FolderStatus::new).collect();
            status.extend(new);
            Vec::from_iter(gone.into_iter().map(|old: FolderStatus| old.folder))
        };
        gone.iter().for_each(|folder| self.forget(folder));
        for folder in folders {
            self.read_root(folder);
        }
        write(&self.shared.index).shrink();
    }

    /// Looks at all folders again.
    fn check_again(&mut self) {
        let folders: Vec<_> =
            lock(&self.shared.folders).iter().map(|status| status.folder.clone()).collect();
        folders.iter().for_each(|folder| self.read_root(folder));
    }

    /// Looks at what has changed; each folder once.
    fn look_at(&mut self, changed: &BTreeSet<PathBuf>) {
        let mut folders = BTreeSet::new();
        for path in changed {
            let has_rules =
                path.file_name().is_some_and(|name| IGNORE_FILES.iter().any(|file| name == *file));
            let depth = if has_rules { Depth::All } else { Depth::One };
            // A folder is told of where it stands, or by what happens in it.
            let parent = path.parent().filter(|parent| self.known.contains(*parent));
            let itself = self.known.contains(path).then_some(path.as_path());
            folders.extend(
                parent.or(itself).map(|folder| (folder.to_path_buf(), depth == Depth::All)),
            );
        }
        for (folder, is_whole) in folders {
            let depth = if is_whole { Depth::All } else { Depth::One };
            if let Some(root) = self.root_of(&folder) {
                self.read_folder(&root, &folder, depth);
                self.note_whether_missing(&root);
            }
        }
    }

    fn root_of(&self, path: &Path) -> Option<PathBuf> {
        let folders = lock(&self.shared.folders);
        let mut roots = folders.iter().map(|status| &status.folder);
        roots.find(|root| path.starts_with(root)).cloned()
    }

    /// Reads a folder that the user has named, with all below it.
    fn read_root(&mut self, root: &Path) {
        self.update(root, |status| {
            status.left_out.clear();
            status.is_cut = false;
            status.state = FolderState::Reading;
        });
        self.read_folder(root, root, Depth::All);
        self.update(root, |status| status.state = FolderState::Read);
        self.note_whether_missing(root);
    }

    fn note_whether_missing(&self, root: &Path) {
        if !root.is_dir() {
            self.update(root, |status| status.state = FolderState::Missing);
        }
    }

    /// Brings what is known of a folder up to what is there.
    fn read_folder(&mut self, root: &Path, folder: &Path, depth: Depth) {
        let list = FileList::read(folder, depth, self.limits.max_files, || self.is_outdated());
        if self.is_outdated() {
            return;
        }
        self.update(root, |status| {
            status.count(LeftOut::Unreadable, list.n_unreadable);
            status.is_cut |= list.is_cut;
        });
        self.forget_missing(folder, depth, &list);
        for (path, stamp) in &list.files {
            if self.is_outdated() {
                return;
            }
            if read(&self.shared.index).stamp_of(path) != Some(*stamp) {
                self.read_file(root, path);
            }
        }
        self.read_subfolders(root, folder, depth, &list.folders);
        let problem = self.watches.as_ref().and_then(|watches| watches.problem.clone());
        self.update(root, |status| status.watch_problem.clone_from(&problem));
    }

    /// Watches folders that are new; reads those that were not listed as a whole.
    fn read_subfolders(&mut self, root: &Path, folder: &Path, depth: Depth, found: &[PathBuf]) {
        for subfolder in found {
            let is_new = self.known.insert(subfolder.clone());
            if let Some(watches) = self.watches.as_mut().filter(|_| is_new) {
                watches.add(subfolder, subfolder == root);
            }
            if is_new && depth == Depth::One && subfolder != folder {
                self.read_folder(root, subfolder, Depth::All);
            }
        }
    }

    fn read_file(&self, root: &Path, path: &Path) {
        let source = (self.read_file)(path);
        let mut index = write(&self.shared.index);
        index.remove(path);
        let is_full =
            index.n_lines() >= self.limits.max_lines || index.n_files() >= self.limits.max_files;
        match source {
            Ok(source) if !is_full => index.put(path, &source),
            Ok(_) => self.update(root, |status| status.is_cut = true),
            Err(why) => self.update(root, |status| status.count(why, 1)),
        }
    }

    /// Forgets files and folders that were there before and are not in the list.
    fn forget_missing(&mut self, folder: &Path, depth: Depth, list: &FileList) {
        let is_listed = |path: &Path| depth == Depth::All || path.parent() == Some(folder);
        let files: BTreeSet<&Path> = list.files.iter().map(|(path, _)| path.as_path()).collect();
        let folders: BTreeSet<&Path> = list.folders.iter().map(PathBuf::as_path).collect();
        let known = read(&self.shared.index).below(folder);
        let missing =
            known.iter().filter(|path| is_listed(path) && !files.contains(path.as_path()));
        {
            let mut index = write(&self.shared.index);
            missing.for_each(|path| index.remove(path));
        }
        let below = self.known.range(folder.to_path_buf()..);
        let below = below.take_while(|path| path.starts_with(folder));
        let gone = below.filter(|path| is_listed(path) && !folders.contains(path.as_path()));
        let gone: Vec<PathBuf> = gone.cloned().collect();
        gone.iter().for_each(|folder| self.forget(folder));
    }

    /// Forgets a folder and all below it.
    fn forget(&mut self, folder: &Path) {
        let files = read(&self.shared.index).below(folder);
        {
            let mut index = write(&self.shared.index);
            files.iter().for_each(|path| index.remove(path));
        }
        self.known.retain(|path| !path.starts_with(folder));
    }

    fn update(&self, root: &Path, change: impl FnOnce(&mut FolderStatus)) {
        let mut folders = lock(&self.shared.folders);
        if let Some(status) = folders.iter_mut().find(|status| status.folder == root) {
            change(status);
        }
    }

    /// Whether other folders were named since the reading began.
    fn is_outdated(&self) -> bool {
        self.shared.generation.load(Ordering::SeqCst) != self.generation
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::index::Line;
    use crate::selection::SourceFile;

    /// Reads the real disk, and is told of no change.
    fn keeper(shared: &Arc<Shared>) -> Keeper {
        let read_file = Arc::new(SourceFile::read);
        Keeper::new(Arc::clone(shared), Limits::default(), read_file, None)
    }

    fn is_known(shared: &Shared, line: &str) -> bool {
        read(&shared.index).places_of(Line::new(line).hash).next().is_some()
    }

    #[test]
    fn changes_are_found_where_nothing_tells_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a.rs"), "first line\n").unwrap();
        fs::write(path("b.rs"), "second line\n").unwrap();
        let shared = Arc::<Shared>::default();
        let mut keeper = keeper(&shared);
        keeper.set_folders(&[folder.path().to_owned()]);
        fs::write(path("a.rs"), "third line, which is longer\n").unwrap();
        fs::remove_file(path("b.rs")).unwrap();
        fs::create_dir(path("new")).unwrap();
        fs::write(path("new/c.rs"), "fourth line\n").unwrap();
        assert!(is_known(&shared, "first line"), "nothing was told");
        keeper.check_again();
        assert!(is_known(&shared, "third line, which is longer"), "a changed file");
        assert!(is_known(&shared, "fourth line"), "a new folder");
        assert!(!is_known(&shared, "first line") && !is_known(&shared, "second line"));
        drop(folder);
        keeper.check_again();
        assert_eq!(lock(&shared.folders)[0].state, FolderState::Missing, "it has vanished");
        assert_eq!(read(&shared.index).n_files(), 0, "with its files");
    }

    #[test]
    fn a_changed_file_stays_known_where_no_more_files_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = |number: usize| folder.path().join(format!("{number}.rs"));
        (0..9).for_each(|number| fs::write(path(number), format!("line {number}\n")).unwrap());
        let shared = Arc::<Shared>::default();
        let limits = Limits { max_files: 9, ..Limits::default() };
        let mut keeper = Keeper { limits, ..keeper(&shared) };
        keeper.set_folders(&[folder.path().to_owned()]);
        let is_cut = || lock(&shared.folders)[0].is_cut;
        assert!(!is_cut(), "there are as many as are read");
        fs::write(path(3), "a changed line\n").unwrap();
        fs::write(path(9), "line 9\n").unwrap();
        keeper.check_again();
        assert!(is_cut(), "one more is not read");
        assert_eq!(read(&shared.index).n_files(), 9);
        fs::remove_file(path(9)).unwrap();
        keeper.check_again();
        assert!(!is_cut(), "it is gone");
        assert!(is_known(&shared, "a changed line"), "what changed is read in any case");
    }

    #[test]
    fn a_walk_ends_once_other_folders_are_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.rs"), "first line\n").unwrap();
        let shared = Arc::<Shared>::default();
        let mut keeper = keeper(&shared);
        keeper.set_folders(&[]);
        shared.generation.fetch_add(1, Ordering::SeqCst);
        keeper.read_root(folder.path());
        assert!(!is_known(&shared, "first line"), "the newer folders are waiting");
    }
}
