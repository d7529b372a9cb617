//! Shuts the app down, in an order in which no part waits for another that has already ended.

use std::sync::Arc;
use std::time::Duration;

use tauri::Wry;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::App;
use super::instance::Listener;
use crate::clipboard::backend::{ClipboardBackend, SystemBackend};
use crate::clipboard::rules;
use crate::clipboard::source::{Selection, Source};
use crate::clipboard::thread::Clipboard;
use crate::display::Display;
use crate::hotkeys::Hotkeys;
use crate::request::actor::Message;
use crate::request::notice::Notice;
use crate::sync::lock;

/// How long the last request may take to end once it is cancelled, including a paste.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often, and after which pause, to look whether a clipboard manager has stepped in.
const N_LOOKS: usize = 10;
const PAUSE: Duration = Duration::from_millis(50);

/// The parts that have to be shut down.
pub(crate) struct Running {
    /// The app.
    pub(crate) app: Arc<App<Wry>>,
    /// Answers other processes.
    pub(crate) listener: Listener,
    /// The task of the request actor.
    pub(crate) actor: JoinHandle<()>,
    /// Owns the clipboard.
    pub(crate) clipboard: Arc<Clipboard>,
    /// The display server.
    pub(crate) display: Display,
}

impl Running {
    /// Ends the recording of keys, after the settings window was closed.
    pub(crate) fn window_closed(&self) {
        let app = self.app.clone();
        tauri::async_runtime::spawn_blocking(move || app.set_recording(false));
    }

    /// Refuses new requests, waits for the last one, hands the clipboard's content over, then ends the models' threads.
    pub(crate) fn shut_down(self, runtime: &Runtime) {
        let Self { app, listener, actor, clipboard, display } = self;
        drop(listener);
        *lock(&app.hotkeys) = Hotkeys::new(None);
        app.end_read_ahead();
        runtime.block_on(app.server.stop());
        app.tell_actor(Message::Stop);
        runtime.block_on(async {
            if tokio::time::timeout(PATIENCE, actor).await.is_err() {
                tracing::warn!("the last request did not end");
            }
        });
        let is_ours = runtime.block_on(clipboard.run(holds_ours)).unwrap_or(false);
        // The actor has dropped its reference, so this is the last one: dropping it hands the content over and joins the
        // thread. If the request did not end, it waits for the program that owns the content, so none of it is ours.
        drop(clipboard);
        if is_ours && is_empty(display) {
            app.tell_at_end(&Notice::lost(app.language()));
        }
        let n_lost = runtime.block_on(app.service.shut_down());
        if n_lost > 0 {
            tracing::warn!(n_lost, "threads did not end");
        }
        tracing::info!("ended");
        app.end_log();
    }
}

/// Whether the clipboard holds what this app wrote.
fn holds_ours(backend: &mut dyn ClipboardBackend) -> bool {
    rules::read(backend).is_ok_and(|held| backend.has_written(&held.text))
}

/// Whether no program keeps anything on the clipboard, also after a while: a clipboard manager steps in once it sees that
/// the owner has ended.
fn is_empty(display: Display) -> bool {
    let formats = || SystemBackend::connect(display)?.formats(Source::new(Selection::Clipboard));
    (0..N_LOOKS).all(|look| {
        std::thread::sleep(if look == 0 { Duration::ZERO } else { PAUSE });
        formats().is_ok_and(|formats| formats.is_empty())
    })
}
