//! The running app: what tray, hotkeys, windows and other processes act on.
//!
//! It holds the parts together and decides nothing that could be decided without them. All of it can be called from
//! any thread; drawing is passed on to the main thread.

mod face;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use pounce_service::memory::{MemoryProbe as _, SystemProbe};
use pounce_service::settings::SettingsError;
use pounce_service::{CompletionService, ModelCatalog, ModelRegistry, Paths, Settings};
use tauri::{AppHandle, Emitter, Runtime};
use tokio::sync::mpsc;

use crate::copies::{CopyWatch, WatchError};
use crate::desk::{DeskView, Message};
use crate::display::Display;
use crate::hotkey::{Hotkeys, Keys};
use crate::ipc::{self, DesktopSession, Models, RequestRecord, Status};
use crate::logging::{self, Logging};
use crate::menu::{Command, ModelEntry, TrayView};
use crate::notice::Notifier;
use crate::paste::{self, WindowId};
use crate::tray::Tray;
use crate::windows::{self, Window};
use crate::{calibration, present, remote_form, settings_form};

/// Requests that the dashboard can look back on, as many as the service remembers.
const HISTORY: usize = 1_000;

/// The running app.
pub(crate) struct App<R: Runtime> {
    /// Tauri's handle.
    pub(crate) handle: AppHandle<R>,
    /// Who completes.
    pub(crate) service: CompletionService,
    /// Where things lie.
    pub(crate) paths: Paths,
    /// Who takes keys.
    pub(crate) hotkeys: Mutex<Hotkeys>,
    /// The last calibration.
    pub(crate) calibration: Mutex<ipc::Calibration>,
    /// Held while another is made.
    calibrating: tokio::sync::Mutex<()>,
    display: Display,
    /// `None` in tests, and after the end.
    logging: Mutex<Option<Logging>>,
    total_memory_bytes: u64,
    /// Set as soon as there is one; never without an icon library.
    tray: OnceLock<Tray<R>>,
    /// Whether a panel shows the icon.
    has_tray: AtomicBool,
    /// Set once, when the desk stands.
    desk: OnceLock<mpsc::UnboundedSender<Message>>,
    desk_view: Mutex<DeskView>,
    history: Mutex<VecDeque<RequestRecord>>,
    notifier: std::sync::Arc<Notifier>,
    /// Whether the settings window records keys.
    is_recording: AtomicBool,
    /// Whether a first calibration was started.
    is_calibrated: AtomicBool,
    /// Who waits for copies, or why nobody can; `None` where the user does not want it.
    copies: Mutex<Option<Result<CopyWatch, WatchError>>>,
}

/// Locks, also where another thread panicked meanwhile: no value here is left half written.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R: Runtime> App<R> {
    /// An app without tray and desk, which follow.
    pub(crate) fn new(
        handle: AppHandle<R>,
        service: CompletionService,
        paths: Paths,
        hotkeys: Hotkeys,
        display: Display,
        logging: Option<Logging>,
    ) -> Self {
        Self {
            handle,
            service,
            hotkeys: Mutex::new(hotkeys),
            calibration: Mutex::new(calibration::read(&calibration::file(&paths))),
            calibrating: tokio::sync::Mutex::default(),
            paths,
            display,
            logging: Mutex::new(logging),
            total_memory_bytes: SystemProbe::default().read().total_bytes,
            tray: OnceLock::new(),
            has_tray: AtomicBool::new(false),
            desk: OnceLock::new(),
            desk_view: Mutex::default(),
            history: Mutex::default(),
            notifier: std::sync::Arc::default(),
            is_recording: AtomicBool::new(false),
            is_calibrated: AtomicBool::new(false),
            copies: Mutex::default(),
        }
    }

    /// Sets up the desk's inbox.
    pub(crate) fn set_desk(&self, inbox: mpsc::UnboundedSender<Message>) {
        // Set once, at the start.
        let _ = self.desk.set(inbox);
    }

    /// Sets up the tray.
    pub(crate) fn set_tray(&self, tray: Tray<R>) {
        let _ = self.tray.set(tray);
    }

    /// Notes whether a panel shows the icon.
    pub(crate) fn set_has_tray(&self, has_tray: bool) {
        self.has_tray.store(has_tray, Ordering::Relaxed);
    }

    /// Whether it was never started here before: the first start measures the models.
    pub(crate) fn is_first_start(&self) -> bool {
        lock(&self.calibration).at_ms.is_none()
    }

    /// What the desk last showed.
    pub(crate) fn desk_view(&self) -> DeskView {
        *lock(&self.desk_view)
    }

    /// Sends the desk a message; before it stands and after it is gone, nothing happens.
    pub(crate) fn tell_desk(&self, message: Message) {
        if let Some(desk) = self.desk.get() {
            let _ = desk.send(message);
        }
    }

    /// The window that a completion asked for now is to be pasted into, where it is to be pasted. Asks the X server,
    /// which takes about a millisecond.
    pub(crate) fn window_in_front(&self) -> Option<WindowId> {
        let behaviour = self.service.settings().clipboard.behaviour.into();
        let is_pasted = ipc::ClipboardBehaviour::Paste == behaviour;
        is_pasted.then(|| paste::focused(self.display))?
    }

    /// Does what the tray menu says.
    pub(crate) fn command(&self, command: Command) {
        match command {
            Command::Complete => {
                self.tell_desk(Message::Trigger { mode: None, at: Instant::now(), window: None })
            }
            Command::TogglePause => self.tell_desk(Message::TogglePause),
            Command::CopyLast => self.tell_desk(Message::CopyLast),
            Command::Undo => self.tell_desk(Message::Undo),
            Command::Dashboard => windows::show(&self.handle, Window::Dashboard),
            Command::Settings => windows::show(&self.handle, Window::Settings),
            Command::Quit => self.handle.exit(0),
            Command::SetMode(mode) => {
                self.save_from_menu(move |settings| settings.desktop.mode = mode.into());
            }
            Command::Pin(model) => {
                self.save_from_menu(|settings| settings.models.pinned = model.map(Into::into));
            }
        }
    }

    /// Makes a change that cannot be wrong; only the disk can refuse it.
    fn save_from_menu(&self, change: impl FnOnce(&mut Settings) + Send + 'static) {
        let service = self.service.clone();
        let change = |settings: &mut Settings| {
            change(settings);
            Ok::<_, SettingsError>(())
        };
        tauri::async_runtime::spawn(async move {
            if let Err(error) = service.update_settings(change).await {
                tracing::warn!(%error, "the settings were not saved");
            }
        });
    }

    /// What the windows show of the app as a whole.
    pub(crate) fn status(&self) -> Status {
        let view = self.tray_view();
        let service = self.service.status();
        let limits = self.service.settings().deadlines;
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            state: view.state,
            detail: view.detail,
            mode: view.mode,
            active_model: present::wanted_model(&service.models).map(|model| model.id.to_string()),
            hotkeys: lock(&self.hotkeys).status(),
            session: match self.display {
                Display::X11 => DesktopSession::X11,
                Display::Wayland => DesktopSession::Wayland,
            },
            has_tray: self.has_tray.load(Ordering::Relaxed),
            has_last: view.has_last,
            can_undo: view.can_undo,
            log_folder: logging::folder(&self.paths.data).display().to_string(),
            settings_file: self.paths.settings_file().display().to_string(),
            target_ms: limits.target_ms as u32,
            maximum_ms: limits.maximum_ms as u32,
            n_cores: std::thread::available_parallelism().map_or(1, |n| n.get() as u32),
            total_memory_bytes: self.total_memory_bytes,
            settings_problem: service.settings_problem,
            read_ahead_problem: self.read_ahead_problem(),
        }
    }

    /// What the windows show of the models.
    pub(crate) fn models(&self) -> Models {
        let dirs = ModelRegistry::scan(&self.paths.models, &ModelCatalog::built_in());
        let own = self.paths.models.first().cloned().unwrap_or_default();
        let remote = self.service.settings().remote;
        present::models(&self.service.status(), &dirs, &own, &remote)
    }

    /// What the tray shows.
    pub(crate) fn tray_view(&self) -> TrayView {
        let desk = self.desk_view();
        let models = self.service.status().models;
        let remote = self.service.settings().remote;
        let hotkeys = lock(&self.hotkeys).status();
        let (state, detail) =
            present::app_state(desk.is_paused, desk.is_working, &models, &hotkeys);
        TrayView {
            state,
            detail,
            mode: self.service.settings().desktop.mode.into(),
            pinned: models.iter().find(|model| model.is_pinned).map(|model| model.id.to_string()),
            models: models
                .iter()
                .map(|model| ModelEntry {
                    id: model.id.to_string(),
                    name: model.name.clone(),
                    state: (&model.state).into(),
                    remote: remote_form::info(&remote, &model.id),
                })
                .collect(),
            has_last: desk.has_last,
            can_undo: desk.can_undo,
        }
    }

    /// Draws the tray anew and tells the windows.
    pub(crate) fn redraw(self: &std::sync::Arc<Self>) {
        let app = self.clone();
        let drawn = self.handle.run_on_main_thread(move || {
            if let Some(Err(error)) =
                app.tray.get().map(|tray| tray.draw(&app.handle, app.tray_view()))
            {
                tracing::warn!(%error, "the tray cannot be drawn");
            }
        });
        if let Err(error) = drawn {
            tracing::debug!(%error, "nothing is drawn any more");
        }
        self.emit("status_changed", self.status());
    }

    /// Sends the windows an event; where none is open, nothing happens.
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

    /// The hotkeys of the settings.
    pub(crate) fn wanted_keys(settings: &Settings) -> [Option<Keys>; 2] {
        let block = settings.hotkeys.complete_block.as_deref();
        [settings.hotkeys.complete_line.parse().ok(), block.and_then(|keys| keys.parse().ok())]
    }

    /// Puts into force what of the settings concerns the desktop. The hotkeys are taken by who changes them.
    pub(crate) fn apply_settings(self: &std::sync::Arc<Self>) {
        self.apply_log_level();
        self.apply_read_ahead();
        self.emit("settings_changed", settings_form::state(&self.service.settings()));
        self.redraw();
    }

    /// Logs as much as the settings say.
    pub(crate) fn apply_log_level(&self) {
        if let Some(logging) = lock(&self.logging).as_ref() {
            logging.set_level(self.service.settings().log.level.into());
        }
    }

    /// Waits for copies, or no longer, as the settings say. Must be called where the desk's inbox is set.
    pub(crate) fn apply_read_ahead(&self) {
        let is_wanted = self.service.settings().clipboard.encode_on_copy;
        let mut copies = lock(&self.copies);
        if is_wanted == copies.is_some() {
            return;
        }
        *copies = is_wanted.then(|| self.watch_copies());
        if let Some(Err(error)) = copies.as_ref() {
            tracing::warn!(%error, "nothing is read ahead");
        }
    }

    fn watch_copies(&self) -> Result<CopyWatch, WatchError> {
        let desk = self.desk.get().cloned();
        CopyWatch::start(self.display, move || {
            // Nobody listens once the app ends.
            let _ = desk.as_ref().map(|desk| desk.send(Message::Copied));
        })
    }

    fn read_ahead_problem(&self) -> Option<String> {
        let copies = lock(&self.copies);
        copies.as_ref().and_then(|copies| copies.as_ref().err()).map(ToString::to_string)
    }

    /// No longer waits for copies.
    pub(crate) fn end_read_ahead(&self) {
        *lock(&self.copies) = None;
    }

    /// Writes what is left of the log. Nothing is logged to the disk afterwards.
    pub(crate) fn end_log(&self) {
        drop(lock(&self.logging).take());
    }

    /// Notes that a calibration is wanted without being asked for; false if that was noted before.
    pub(crate) fn begin_calibration(&self) -> bool {
        !self.is_calibrated.swap(true, Ordering::Relaxed)
    }

    /// Measures every installed model, and tells the windows. One that runs already is waited for: two at a time would
    /// measure each other.
    pub(crate) async fn calibrate(&self) -> ipc::Calibration {
        let Ok(_alone) = self.calibrating.try_lock() else {
            drop(self.calibrating.lock().await);
            return lock(&self.calibration).clone();
        };
        let calibration = calibration::run(&self.service, &calibration::file(&self.paths)).await;
        *lock(&self.calibration) = calibration.clone();
        self.emit("calibrated", calibration.clone());
        calibration
    }

    /// Gives the hotkeys back while the settings window records keys.
    pub(crate) fn set_recording(&self, is_recording: bool) {
        self.is_recording.store(is_recording, Ordering::Relaxed);
        let is_paused = lock(&self.desk_view).is_paused;
        lock(&self.hotkeys).release(is_recording || is_paused);
    }
}
