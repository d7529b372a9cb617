//! [`Projects`]: the folders that the user has named, and where a snippet stands in them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::limits::Limits;
use crate::search::{NoPlace, Place, find};
use crate::status::{FolderState, FolderStatus};
use crate::sync::{lock, read};
use crate::watching::{Keeper, Message, Shared};

/// Where changes are not told, folders are looked at again after a search, but not more often than this.
const CHECK_EVERY: Duration = Duration::from_secs(10);

/// At most this many searches go on at a time.
const MAX_SEARCHES: usize = 4;

/// The folders that the user has named. A thread reads them at low priority and is told of changes;
/// there is none before the first folder is named. Nothing of the code is kept but hashes of lines.
#[derive(Debug)]
pub struct Projects {
    shared: Arc<Shared>,
    limits: Limits,
    /// To the reading thread; `None` while there is no folder.
    thread: Mutex<Option<Sender<Message>>>,
    last_check: Mutex<Instant>,
    /// How many searches go on: a disk that hangs holds a few of them, not many.
    n_searches: AtomicUsize,
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
            thread: Mutex::default(),
            last_check: Mutex::new(Instant::now()),
            n_searches: AtomicUsize::new(0),
        }
    }

    /// Reads folders on this thread, once: they are not watched.
    pub fn read(folders: &[PathBuf], limits: Limits) -> Self {
        let projects = Self::new(limits);
        Keeper::new(Arc::clone(&projects.shared), limits, None).set_folders(folders);
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
        if lock(&self.shared.folders).is_empty() {
            return Err(NoPlace::NoFolders);
        }
        let n_others = self.n_searches.fetch_add(1, Ordering::SeqCst);
        let found = match n_others {
            MAX_SEARCHES.. => Err(NoPlace::TooSlow),
            _ => find(&self.shared.index, prefix),
        };
        self.n_searches.fetch_sub(1, Ordering::SeqCst);
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

    fn start(&self) -> Sender<Message> {
        let (sender, receiver) = channel();
        let keeper = Keeper::new(Arc::clone(&self.shared), self.limits, Some(sender.clone()));
        let thread = std::thread::Builder::new().name("projects".to_owned());
        if let Err(error) = thread.spawn(move || keeper.run(&receiver)) {
            tracing::warn!(%error, "projects are not read: the thread was not started");
        }
        sender
    }

    /// Has the folders looked at again where the system does not tell of changes.
    fn check_if_unwatched(&self) {
        let is_unwatched =
            lock(&self.shared.folders).iter().any(|status| status.watch_problem.is_some());
        let mut last_check = lock(&self.last_check);
        if !is_unwatched || last_check.elapsed() < CHECK_EVERY {
            return;
        }
        *last_check = Instant::now();
        if let Some(thread) = &*lock(&self.thread) {
            let _ = thread.send(Message::CheckAgain);
        }
    }

    fn is_reading(&self) -> bool {
        lock(&self.shared.folders).iter().any(|status| status.state == FolderState::Reading)
    }

    /// The path of a file from the folder that the user has named.
    fn name_of(&self, path: &Path) -> PathBuf {
        let folders = lock(&self.shared.folders);
        let below = folders.iter().find_map(|status| path.strip_prefix(&status.folder).ok());
        below.unwrap_or(path).to_path_buf()
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
