//! The end: everything that was started is ended, in an order in which nothing waits for what is gone already.

use std::sync::Arc;
use std::time::Duration;

use tauri::Wry;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::app::{App, lock};
use crate::clipboard::Clipboard;
use crate::desk::Message;
use crate::hotkey::Hotkeys;
use crate::instance::Listener;

/// How long the last request may take to end. It has been cancelled, which ends a paste as well.
const PATIENCE: Duration = Duration::from_secs(2);

/// What runs, and has to be ended.
pub(crate) struct Running {
    /// The app.
    pub(crate) app: Arc<App<Wry>>,
    /// Who answers other processes.
    pub(crate) listener: Listener,
    /// Who works on requests.
    pub(crate) desk: JoinHandle<()>,
    /// Who owns the clipboard.
    pub(crate) clipboard: Arc<Clipboard>,
}

impl Running {
    /// The settings window is gone, and with it the recording of keys.
    pub(crate) fn window_closed(&self) {
        let app = self.app.clone();
        tauri::async_runtime::spawn_blocking(move || app.set_recording(false));
    }

    /// Ends everything: no new requests, then the last one, then the clipboard is handed over, then the models.
    pub(crate) fn shut_down(self, runtime: &Runtime) {
        let Self { app, listener, desk, clipboard } = self;
        drop(listener);
        *lock(&app.hotkeys) = Hotkeys::new(None);
        app.end_read_ahead();
        app.tell_desk(Message::Stop);
        runtime.block_on(async {
            if tokio::time::timeout(PATIENCE, desk).await.is_err() {
                tracing::warn!("the last request did not end");
            }
        });
        // The desk's share is gone, so this is the last: dropping it hands the content over and joins the thread. Not so
        // where the request did not end: it waits for the program that owns the content, so there is none of ours.
        drop(clipboard);
        let n_lost = runtime.block_on(app.service.shut_down());
        if n_lost > 0 {
            tracing::warn!(n_lost, "threads did not end");
        }
        tracing::info!("ended");
        app.end_log();
    }
}
