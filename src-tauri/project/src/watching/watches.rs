//! [`Watches`]: asks the system to tell of changes in folders.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use notify::{Event, EventKind, RecursiveMode, Watcher};

use super::keeper_message::Message;

/// Whether a folder is watched with all folders below it. inotify watches single folders: then those
/// that are ignored take no watch, of which a user has some ten thousand.
const MODE: RecursiveMode =
    if cfg!(target_os = "linux") { RecursiveMode::NonRecursive } else { RecursiveMode::Recursive };

/// What the system watches; it stops with the drop.
pub(crate) struct Watches {
    watcher: Option<Box<dyn Watcher + Send>>,
    /// Why changes are not all told; `None` if they are.
    pub(super) problem: Option<String>,
}

impl Watches {
    /// No folder yet; changes go to `changes`.
    pub(crate) fn new(changes: Sender<Message>) -> Self {
        let on_event = move |event: notify::Result<Event>| {
            for message in messages(event) {
                // The receiver is gone once the reading ends.
                let _ = changes.send(message);
            }
        };
        match notify::recommended_watcher(on_event) {
            Ok(watcher) => Self::of(watcher),
            Err(error) => Self { watcher: None, problem: Some(describe(&error)) },
        }
    }

    /// No folder yet; `watcher` tells of changes.
    pub(crate) fn of(watcher: impl Watcher + Send + 'static) -> Self {
        Self { watcher: Some(Box::new(watcher)), problem: None }
    }

    /// Watches a folder, `is_root` if the user has named it.
    pub(super) fn add(&mut self, folder: &Path, is_root: bool) {
        if MODE == RecursiveMode::Recursive && !is_root || self.problem.is_some() {
            return;
        }
        let Some(watcher) = &mut self.watcher else { return };
        // A folder that has gone meanwhile is noticed by the one above it.
        if let Err(error) = watcher.watch(folder, MODE)
            && folder.is_dir()
        {
            self.problem = Some(describe(&error));
        }
    }
}

fn describe(error: &notify::Error) -> String {
    match error.kind {
        notify::ErrorKind::MaxFilesWatch => {
            "the system has no more watches (raise fs.inotify.max_user_watches)".to_owned()
        }
        _ => error.to_string(),
    }
}

fn messages(event: notify::Result<Event>) -> Vec<Message> {
    match event {
        Ok(event) if event.need_rescan() => vec![Message::CheckAgain],
        Ok(Event { kind: EventKind::Access(_), .. }) => Vec::new(),
        Ok(event) => event.paths.into_iter().map(changed).collect(),
        Err(_) => vec![Message::CheckAgain],
    }
}

fn changed(path: PathBuf) -> Message {
    Message::Changed(path)
}
