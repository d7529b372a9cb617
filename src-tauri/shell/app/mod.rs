//! [`App`]: the running app, which tray, hotkeys, windows and other processes act on.
//!
//! It holds the parts together and decides nothing that could be decided without them. Its methods can be called from
//! any thread; drawing is passed on to the main thread. `launch` builds it and `shutdown` ends it; `triggers` and
//! `service_events` bring in what happens, and `views` shows it.

mod assessing;
pub(crate) mod autostart;
mod core_dumps;
mod desktop_ui;
mod instance;
pub(crate) mod launch;
pub(crate) mod logging;
mod private_folder;
mod read_ahead;
mod service_completer;
pub(crate) mod service_events;
mod shutdown;
pub(crate) mod state;
mod triggers;
mod views;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use pounce_cli::{BenchProcess, Verb, Window};
use pounce_server::ServerSwitch;
use pounce_service::memory::{MemoryProbe as _, SystemProbe};
use pounce_service::settings::{ClipboardBehaviour, SettingsError};
use pounce_service::{Calibration, CompletionService, Paths, Settings, ThreadTimer};
use tauri::{AppHandle, Emitter, Runtime};
use tokio::sync::{Notify, mpsc};

use crate::clipboard::paste::WindowId;
use crate::clipboard::system_paster::focused_window;
use crate::clipboard::watcher::{ClipboardWatcher, WatchError};
use crate::display::Display;
use crate::hotkeys::Hotkeys;
use crate::hotkeys::hotkey::keys_of;
use crate::request::actor::Message;
use crate::request::desktop_ui::{DesktopUi as _, RequestState};
use crate::request::notice::{Notice, Notifier};
use crate::request::trigger::Trigger;
use crate::sync::lock;
use crate::ui_language::UiLanguage;
use crate::windows::wire::RequestRecord;
use crate::windows::{settings_form, window};
use logging::Logging;

/// The number of requests that the app remembers for the dashboard, the last ones.
const HISTORY: usize = 1_000;

/// The running app.
pub(crate) struct App<R: Runtime> {
    /// Tauri's handle.
    pub(crate) handle: AppHandle<R>,
    /// The service that completes.
    pub(crate) service: CompletionService,
    /// Where settings, models and logs are.
    pub(crate) paths: Paths,
    /// Answers other programs while the user wants that.
    pub(crate) server: ServerSwitch,
    /// The hotkeys. Taking and giving back keys holds the lock for up to about 100 ms.
    pub(crate) hotkeys: Mutex<Hotkeys>,
    /// The last calibration.
    pub(crate) calibration: Mutex<Calibration>,
    /// Held while a calibration runs.
    calibrating: tokio::sync::Mutex<()>,
    /// Held while models are assessed.
    assessing: tokio::sync::Mutex<()>,
    display: Display,
    /// `None` in tests, and after the end.
    logging: Mutex<Option<Logging>>,
    total_memory_bytes: u64,
    /// Wakes the task that draws the tray.
    tray_changed: Notify,
    /// Whether a panel shows the icon.
    has_tray: AtomicBool,
    /// The request actor's inbox; it is closed once the actor has ended.
    actor: mpsc::UnboundedSender<Message>,
    /// What the actor last drew.
    request_state: Mutex<RequestState>,
    history: Mutex<VecDeque<RequestRecord>>,
    notifier: Arc<Notifier>,
    /// Whether the settings window records keys.
    is_recording: AtomicBool,
    /// Whether the app was last set to start at login.
    starts_at_login: AtomicBool,
    /// Whether a first calibration was started.
    is_calibrated: AtomicBool,
    /// Watches for copies, or why that is impossible; `None` if the user does not want it.
    watcher: Mutex<Option<Result<ClipboardWatcher, WatchError>>>,
}

/// What an [`App`] is made of besides Tauri and the service.
pub(crate) struct AppParts {
    /// Where settings, models and logs are.
    pub(crate) paths: Paths,
    /// The hotkeys, whose keys are taken later.
    pub(crate) hotkeys: Hotkeys,
    /// The display server.
    pub(crate) display: Display,
    /// The running log; `None` in tests.
    pub(crate) logging: Option<Logging>,
    /// The request actor's inbox.
    pub(crate) actor: mpsc::UnboundedSender<Message>,
}

impl<R: Runtime> App<R> {
    /// An app without a tray, which follows.
    pub(crate) fn new(handle: AppHandle<R>, service: CompletionService, parts: AppParts) -> Self {
        let AppParts { paths, hotkeys, display, logging, actor } = parts;
        Self {
            handle,
            server: ServerSwitch::default(),
            hotkeys: Mutex::new(hotkeys),
            calibration: Mutex::new(Calibration::load(&paths.calibration_file())),
            calibrating: tokio::sync::Mutex::default(),
            assessing: tokio::sync::Mutex::default(),
            paths,
            display,
            logging: Mutex::new(logging),
            total_memory_bytes: SystemProbe::default().read().total_bytes,
            tray_changed: Notify::new(),
            has_tray: AtomicBool::new(false),
            actor,
            request_state: Mutex::default(),
            history: Mutex::default(),
            notifier: Arc::default(),
            is_recording: AtomicBool::new(false),
            starts_at_login: AtomicBool::new(service.settings().desktop.start_at_login),
            is_calibrated: AtomicBool::new(false),
            watcher: Mutex::default(),
            service,
        }
    }

    /// Records whether a panel shows the icon.
    pub(crate) fn set_has_tray(&self, has_tray: bool) {
        self.has_tray.store(has_tray, Ordering::Relaxed);
    }

    /// Whether the app is started for the first time: the first start calibrates the models.
    pub(crate) fn is_first_start(&self) -> bool {
        lock(&self.calibration).at_ms.is_none()
    }

    /// The language of windows, tray menu and notices.
    pub(crate) fn language(&self) -> UiLanguage {
        UiLanguage::of(self.service.settings().desktop.language)
    }

    /// What the request actor last drew.
    pub(crate) fn request_state(&self) -> RequestState {
        lock(&self.request_state).clone()
    }

    /// Sends the request actor a message; after the actor's end, nothing happens.
    pub(crate) fn tell_actor(&self, message: Message) {
        let _ = self.actor.send(message);
    }

    /// Opens `window`, or brings it to the front. Returns at once.
    pub(crate) fn show(&self, window: Window) {
        window::show(&self.handle, window, self.language());
    }

    /// Does what the user asks for now, from no particular window.
    pub(crate) fn ask(&self, verb: Verb) {
        self.tell_actor(Message::Asked(Trigger::now(verb), None));
    }

    /// The window that a completion asked for now is to be pasted into; `None` if completions are not pasted. Asks the X
    /// server, which takes about a millisecond.
    pub(crate) fn paste_window(&self) -> Option<WindowId> {
        let is_pasted = self.service.settings().clipboard.behaviour == ClipboardBehaviour::Paste;
        is_pasted.then(|| focused_window(self.display))?
    }

    /// Redraws the tray and tells the windows.
    pub(crate) fn redraw(&self) {
        self.tray_changed.notify_one();
        self.emit("status_changed", self.status());
    }

    /// Sends the windows an event; if none is open, nothing happens.
    pub(crate) fn emit(&self, event: &str, payload: impl serde::Serialize + Clone) {
        if let Err(error) = self.handle.emit(event, payload) {
            tracing::warn!(event, %error, "the windows were not told");
        }
    }

    /// The last requests, oldest first.
    pub(crate) fn recent(&self) -> Vec<RequestRecord> {
        lock(&self.history).iter().cloned().collect()
    }

    /// Forgets the last requests.
    pub(crate) fn clear_history(&self) {
        lock(&self.history).clear();
        self.service.clear_stats();
    }

    /// Applies the settings that concern the desktop.
    pub(crate) fn apply_settings(self: &Arc<Self>) {
        self.apply_log_level();
        self.apply_hotkeys();
        self.apply_start_at_login();
        self.apply_read_ahead();
        self.apply_server();
        window::set_titles(&self.handle, self.language());
        self.emit("settings_changed", settings_form::state(&self.service.settings()));
        self.redraw();
    }

    /// Starts or stops the server, as the settings say, and then shows what came of it.
    pub(crate) fn apply_server(self: &Arc<Self>) {
        let app = self.clone();
        tauri::async_runtime::spawn(async move {
            let before = app.server.status();
            app.server.follow(&app.service).await;
            if app.server.status() != before {
                app.redraw();
            }
        });
    }

    /// Adds a finished request to the last ones, and tells the windows.
    pub(crate) fn remember(&self, record: RequestRecord) {
        let mut history = lock(&self.history);
        if history.len() == HISTORY {
            history.pop_front();
        }
        history.push_back(record.clone());
        drop(history);
        self.emit("completion", record);
    }

    /// Saves a change of the settings that is always valid; only the disk can refuse it, which the user is told.
    pub(crate) fn save(self: &Arc<Self>, change: impl FnOnce(&mut Settings) + Send + 'static) {
        let app = self.clone();
        let change = |settings: &mut Settings| {
            change(settings);
            Ok::<_, SettingsError>(())
        };
        tauri::async_runtime::spawn(async move {
            if let Err(error) = app.service.update_settings(change).await {
                tracing::warn!(%error, "the settings were not saved");
                app.notify(Notice::not_saved(app.language(), &error));
            }
        });
    }

    /// Takes the keys that the file has now, where the user changed it by hand; the settings window has taken its keys
    /// before they were saved. Of keys that another program holds, a notice tells.
    fn apply_hotkeys(self: &Arc<Self>) {
        let app = self.clone();
        tauri::async_runtime::spawn_blocking(move || {
            lock(&app.hotkeys).take(&keys_of(&app.service.settings().hotkeys));
            app.redraw();
        });
    }

    fn apply_start_at_login(&self) {
        let is_wanted = self.service.settings().desktop.start_at_login;
        if self.starts_at_login.swap(is_wanted, Ordering::Relaxed) != is_wanted
            && let Err(error) = autostart::set(is_wanted)
        {
            tracing::warn!(%error, "the start at login was not changed");
        }
    }

    /// Sets the log level of the settings.
    pub(crate) fn apply_log_level(&self) {
        if let Some(logging) = lock(&self.logging).as_ref() {
            logging.set_level(self.service.settings().log.level);
        }
    }

    /// Writes the rest of the log. Nothing is logged to the disk afterwards.
    pub(crate) fn end_log(&self) {
        drop(lock(&self.logging).take());
    }

    /// Records that the first start calibrates the models; false if that was recorded before.
    pub(crate) fn begin_calibration(&self) -> bool {
        !self.is_calibrated.swap(true, Ordering::Relaxed)
    }

    /// Measures every installed model, and tells the windows. If a calibration runs already, waits for it: two at a time
    /// would slow each other down.
    pub(crate) async fn calibrate(&self) -> Calibration {
        let Ok(_alone) = self.calibrating.try_lock() else {
            drop(self.calibrating.lock().await);
            return lock(&self.calibration).clone();
        };
        let trial = BenchProcess::of_this_program()
            .inspect_err(|error| tracing::info!(%error, "threads are not timed"))
            .ok();
        let timer = trial.as_ref().map(|trial| trial as &dyn ThreadTimer);
        let calibration = self.service.calibrate(timer).await;
        *lock(&self.calibration) = calibration.clone();
        self.emit("calibrated", calibration.clone());
        calibration
    }

    /// Gives the hotkeys back while the settings window records keys.
    pub(crate) fn set_recording(&self, is_recording: bool) {
        self.is_recording.store(is_recording, Ordering::Relaxed);
        let is_paused = self.request_state().is_paused;
        lock(&self.hotkeys).release(is_recording || is_paused);
    }
}
