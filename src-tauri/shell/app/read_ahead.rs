//! Turns reading ahead on and off: the app watches for copies only while the user wants that.

use tauri::Runtime;

use super::App;
use crate::clipboard::watcher::{ClipboardWatcher, WatchError};
use crate::request::actor::Message;
use crate::sync::lock;

impl<R: Runtime> App<R> {
    /// Starts or stops watching for copies, as the settings say.
    pub(crate) fn apply_read_ahead(&self) {
        let is_wanted = self.service.settings().clipboard.encode_on_copy;
        let mut watcher = lock(&self.watcher);
        if is_wanted == watcher.is_some() {
            return;
        }
        *watcher = is_wanted.then(|| self.watch_copies());
        if let Some(Err(error)) = watcher.as_ref() {
            tracing::warn!(%error, "nothing is read ahead");
        }
    }

    fn watch_copies(&self) -> Result<ClipboardWatcher, WatchError> {
        let actor = self.actor.clone();
        ClipboardWatcher::start(self.display, move || {
            // The receiver is gone once the app ends.
            let _ = actor.send(Message::Copied);
        })
    }

    /// Why copies cannot be watched; `None` if they are, or if that is turned off.
    pub(crate) fn read_ahead_problem(&self) -> Option<String> {
        let watcher = lock(&self.watcher);
        watcher.as_ref().and_then(|watcher| watcher.as_ref().err()).map(ToString::to_string)
    }

    /// Stops watching for copies.
    pub(crate) fn end_read_ahead(&self) {
        *lock(&self.watcher) = None;
    }
}
