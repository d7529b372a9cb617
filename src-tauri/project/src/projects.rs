//! [`Projects`]: the folders that the user has named, and where a snippet stands in them.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use crate::disk::Disk;
use crate::limits::Limits;
use crate::related::{excerpts, neighbours};
use crate::search::{NoPlace, OpenReads, Place, find};
use crate::selection::SourceFile;
use crate::status::{FolderState, FolderStatus};
use crate::sync::{lock, read};
use crate::watching::{Keeper, Message, Shared, Watches};

/// Where changes are not told, folders are looked at again after a search, but not more often than this.
const CHECK_EVERY: Duration = Duration::from_secs(10);

/// At most this many searches go on at a time, whatever hangs.
const MAX_SEARCHES: usize = 4;

/// The folders that the user has named. A thread reads them at low priority and is told of changes;
/// there is none before the first folder is named. Nothing of the code is kept but hashes of lines.
#[derive(Debug)]
pub struct Projects {
    shared: Arc<Shared>,
    limits: Limits,
    disk: Disk,
    /// To the reading thread; `None` while there is no folder.
    thread: Mutex<Option<Sender<Message>>>,
    /// When the folders were last looked at again because nothing tells of changes; `None` is never.
    last_check: Mutex<Option<Instant>>,
    n_searches: AtomicUsize,
    open_reads: OpenReads,
}

impl Default for Projects {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Projects {
    /// No folder.
    pub fn new(limits: Limits) -> Self {
        Self {
            shared: Arc::default(),
            limits,
            disk: Disk::default(),
            thread: Mutex::default(),
            last_check: Mutex::default(),
            n_searches: AtomicUsize::new(0),
            open_reads: OpenReads::default(),
        }
    }

    /// Reads folders on this thread, once: they are not watched.
    pub fn read(folders: &[PathBuf], limits: Limits) -> Self {
        let projects = Self::new(limits);
        projects.keeper(None).set_folders(folders);
        projects
    }

    /// Reads and watches these folders from now on, and no others. Returns at once.
    pub fn set_folders(&self, folders: Vec<PathBuf>) {
        let mut thread = lock(&self.thread);
        if folders.is_empty() && thread.is_none() {
            return;
        }
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
        let messages = thread.get_or_insert_with(|| self.start());
        // The thread ends with the last sender only.
        let _ = messages.send(Message::Folders(folders));
    }

    /// Where the code before a cursor stands. Reads files: call it where that may take a moment.
    ///
    /// # Errors
    /// Why no place was found.
    pub fn find(&self, prefix: &str) -> Result<Place, NoPlace> {
        self.find_in_window(prefix, "")
    }

    /// The same for code that was copied in a window with this title: of equal places, that in the file
    /// which the title names is meant.
    ///
    /// # Errors
    /// Why no place was found.
    pub fn find_in_window(&self, prefix: &str, title: &str) -> Result<Place, NoPlace> {
        if lock(&self.shared.folders).is_empty() {
            return Err(NoPlace::NoFolders);
        }
        let found = self.search(prefix, title);
        self.check_if_unwatched();
        match found {
            Ok(mut place) => {
                place.name = self.name_of(&place.path);
                Ok(place)
            }
            Err(_) if self.is_reading() => Err(NoPlace::StillReading),
            Err(why) => Err(why),
        }
    }

    /// The text of a file of the folders as it is now, with LF as line end, and when it was changed; `None`
    /// if it is not read any more, or its disk hangs.
    pub fn text_of(&self, path: &Path) -> Option<(String, SystemTime)> {
        let source = self.read_file(path, &Cell::new(false))?;
        Some((source.text, source.stamp.modified))
    }

    /// Lines of the files beside a place that have the names there, a text for each file; none if the
    /// place is ambiguous. Reads files: call it where that may take a moment.
    pub fn related(&self, place: &Place) -> Vec<String> {
        if place.is_ambiguous() {
            return Vec::new();
        }
        let read_file = |path: &Path| self.read_file(path, &Cell::new(false));
        let [before, after] = &place.file;
        excerpts(before, after, &neighbours(&self.shared.index, &place.path, read_file))
    }

    /// Whether no folder is named.
    pub fn is_empty(&self) -> bool {
        lock(&self.thread).is_none() && lock(&self.shared.folders).is_empty()
    }

    /// What is known of each folder.
    pub fn status(&self) -> Vec<FolderStatus> {
        let mut folders = lock(&self.shared.folders).clone();
        let index = read(&self.shared.index);
        for status in &mut folders {
            (status.n_files, status.n_lines) = index.size_of_folder(&status.folder);
        }
        folders
    }

    /// Bytes that the index takes.
    pub fn size_bytes(&self) -> u64 {
        read(&self.shared.index).size_bytes() as u64
    }

    fn search(&self, prefix: &str, title: &str) -> Result<Place, NoPlace> {
        let n_others = self.n_searches.fetch_add(1, Ordering::SeqCst);
        let _search = Search(&self.n_searches);
        if n_others >= MAX_SEARCHES {
            return Err(NoPlace::TooSlow);
        }
        let hangs = Cell::new(false);
        let read_file = |path: &Path| self.read_file(path, &hangs);
        match find(&self.shared.index, prefix, title, read_file) {
            Err(NoPlace::NotFound) if hangs.get() => Err(NoPlace::TooSlow),
            found => found,
        }
    }

    /// The file as it is on the disk; `None` if it cannot be read, or its disk `hangs`.
    fn read_file(&self, path: &Path, hangs: &Cell<bool>) -> Option<SourceFile> {
        let root = self.root_of(path)?;
        if self.open_reads.hangs(&root) {
            hangs.set(true);
            return None;
        }
        let _reading = self.open_reads.begin(path);
        (self.disk.read)(path).ok()
    }

    fn keeper(&self, watches: Option<Watches>) -> Keeper {
        let read_file = Arc::clone(&self.disk.read);
        Keeper::new(Arc::clone(&self.shared), self.limits, read_file, watches)
    }

    fn start(&self) -> Sender<Message> {
        let (sender, receiver) = channel();
        let keeper = self.keeper(Some((self.disk.watch)(sender.clone())));
        let thread = std::thread::Builder::new().name("projects".to_owned());
        if let Err(error) = thread.spawn(move || keeper.run(&receiver)) {
            tracing::warn!(%error, "projects are not read: the thread was not started");
        }
        sender
    }

    /// Has the folders looked at again where the system does not tell of changes, or not of the return of
    /// a folder that is missing.
    fn check_if_unwatched(&self) {
        let is_unwatched = |status: &FolderStatus| {
            status.watch_problem.is_some() || status.state == FolderState::Missing
        };
        if !lock(&self.shared.folders).iter().any(is_unwatched) {
            return;
        }
        let mut last_check = lock(&self.last_check);
        if last_check.is_some_and(|last| last.elapsed() < CHECK_EVERY) {
            return;
        }
        *last_check = Some(Instant::now());
        if let Some(thread) = &*lock(&self.thread) {
            let _ = thread.send(Message::CheckAgain);
        }
    }

    fn is_reading(&self) -> bool {
        lock(&self.shared.folders).iter().any(|status| status.state == FolderState::Reading)
    }

    /// The path of a file from the folder that the user has named.
    fn name_of(&self, path: &Path) -> PathBuf {
        let root = self.root_of(path).unwrap_or_default();
        path.strip_prefix(&root).unwrap_or(path).to_path_buf()
    }

    /// The folder that the user has named and that a file is in; `None` if it is named no more.
    fn root_of(&self, path: &Path) -> Option<PathBuf> {
        let folders = lock(&self.shared.folders);
        let mut roots = folders.iter().map(|status| &status.folder);
        roots.find(|root| path.starts_with(root)).cloned()
    }
}

/// A search that goes on, counted.
struct Search<'a>(&'a AtomicUsize);

impl Drop for Search<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Projects {
    fn drop(&mut self) {
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
        if let Some(thread) = lock(&self.thread).take() {
            let _ = thread.send(Message::Stop);
        }
    }
}

#[cfg(test)]
mod tests;
