//! Launches the app, or passes the command line on to the running one.
//!
//! The order of the start: the claim to be the only instance, the display, the log, the service (whose first model then
//! loads in the background), the clipboard and, once GTK runs, tray, hotkeys and windows.

use std::pin::pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use pounce_cli::{DesktopCommand, Verb, Window};
use pounce_service::{CompletionService, Paths, ServiceOptions};
use tauri::{Manager as _, RunEvent, WindowEvent, Wry};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::instance::{self, Instance, InstanceError, Reply};
use super::logging::{self, Logging};
use super::service_completer::ServiceCompleter;
use super::shutdown::Running;
use super::{App, AppParts, core_dumps, service_events, triggers};
use crate::clipboard::backend::SystemBackend;
use crate::clipboard::system_paster::SystemPaster;
use crate::clipboard::thread::Clipboard;
use crate::display::Display;
use crate::hotkeys::Hotkeys;
use crate::hotkeys::grabber::{KeyGrabber, X11Grabber};
use crate::request::actor::RequestActor;
use crate::sync::lock;
use crate::tray::{Tray, host};
use crate::windows::{commands, window};

/// The threads that carry the app's tasks; models compute on threads of their own.
const N_WORKERS: usize = 2;

/// Does what the command line asks of the desktop app.
///
/// # Errors
/// If there is no display, no running instance, no home folder, or no folder to write in.
pub(crate) fn dispatch(command: DesktopCommand) -> anyhow::Result<ExitCode> {
    let paths = Paths::find()?;
    match command {
        DesktopCommand::Start => launch(paths, None),
        DesktopCommand::Show(window) => launch(paths, Some(window)),
        DesktopCommand::Do(_) | DesktopCommand::Quit => forward(&paths, command),
        DesktopCommand::Stats => stats(&paths),
        DesktopCommand::Refresh => refresh(&paths),
    }
}

fn forward(paths: &Paths, command: DesktopCommand) -> anyhow::Result<ExitCode> {
    match instance::ask(&instance::runtime_folder(&paths.data), command)? {
        Reply::Done => {}
        Reply::Text(text) => pounce_cli::print(&text),
        Reply::Refused(why) => anyhow::bail!(why),
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells the running app, if there is one, that another process has changed settings or models.
fn refresh(paths: &Paths) -> anyhow::Result<ExitCode> {
    match forward(paths, DesktopCommand::Refresh) {
        Err(error) if matches!(error.downcast_ref(), Some(InstanceError::NotRunning)) => {
            Ok(ExitCode::SUCCESS)
        }
        result => result,
    }
}

/// Prints the running app's metrics, or those that the last one left.
fn stats(paths: &Paths) -> anyhow::Result<ExitCode> {
    match instance::ask(&instance::runtime_folder(&paths.data), DesktopCommand::Stats) {
        Ok(Reply::Text(text)) => pounce_cli::print(&text),
        Ok(_) => anyhow::bail!("the running pounce knows no metrics; restart it"),
        Err(InstanceError::NotRunning) => {
            let file = paths.metrics_file();
            let text = std::fs::read_to_string(&file).with_context(|| {
                format!("pounce is not running and has left no metrics at {}", file.display())
            })?;
            pounce_cli::print(&text);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts the app, or brings the running one to the front.
fn launch(paths: Paths, window: Option<Window>) -> anyhow::Result<ExitCode> {
    let folder = instance::runtime_folder(&paths.data);
    loop {
        if let Some(instance) = Instance::claim(&folder)? {
            return start(paths, instance, window);
        }
        let show = DesktopCommand::Show(window.unwrap_or(Window::Dashboard));
        match instance::ask(&folder, show) {
            Ok(_) => return Ok(ExitCode::SUCCESS),
            // The holder of the claim has just ended, or was only checking whether an instance runs.
            Err(InstanceError::NotRunning) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn start(paths: Paths, instance: Instance, window: Option<Window>) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let display = Display::probe()?;
    let logging = Logging::start(&logging::folder(&paths.data))?;
    core_dumps::disable();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(N_WORKERS)
        .thread_name("tasks")
        .enable_all()
        .build()
        .context("the tasks' threads cannot be started")?;
    tauri::async_runtime::set(runtime.handle().clone());
    let parts = Parts { paths, display, logging, instance, window, started };
    let running = Arc::new(Mutex::new(None));
    let app = build(parts, &runtime, running.clone())?;
    app.run(move |_, event| on_event(&runtime, &running, event));
    Ok(ExitCode::SUCCESS)
}

/// What exists before GTK runs.
struct Parts {
    paths: Paths,
    display: Display,
    logging: Logging,
    instance: Instance,
    /// The window to open at once.
    window: Option<Window>,
    started: Instant,
}

fn build(
    parts: Parts,
    runtime: &Runtime,
    running: Arc<Mutex<Option<Running>>>,
) -> anyhow::Result<tauri::App<Wry>> {
    let _entered = runtime.enter();
    let service = CompletionService::start(ServiceOptions::new(parts.paths.clone()));
    let tasks = runtime.handle().clone();
    let setup = move |app: &mut tauri::App<Wry>| {
        let _entered = tasks.enter();
        *lock(&running) = Some(assemble(app.handle(), parts, service)?);
        Ok(())
    };
    tauri::Builder::default()
        .invoke_handler(commands::handler())
        .setup(setup)
        .build(tauri::generate_context!())
        .context("the desktop app cannot be started")
}

fn assemble(
    handle: &tauri::AppHandle,
    parts: Parts,
    service: CompletionService,
) -> anyhow::Result<Running> {
    let Parts { paths, display, logging, instance, window, started } = parts;
    let (inbox, messages) = mpsc::unbounded_channel();
    let actor = inbox.clone();
    let hotkeys = no_hotkeys(display);
    let parts = AppParts { paths, hotkeys, display, logging: Some(logging), actor };
    let app = Arc::new(App::new(handle.clone(), service.clone(), parts));
    handle.manage(app.clone());
    app.apply_log_level();
    app.apply_read_ahead();
    app.apply_server();
    if app.service.settings().desktop.paused {
        app.ask(Verb::SetPaused(true));
    }

    let clipboard = Arc::new(Clipboard::start(move || SystemBackend::connect(display))?);
    let (completer, ui) = (Arc::new(ServiceCompleter { service, display }), Arc::new(app.clone()));
    let actor = RequestActor::new(completer, ui, SystemPaster(display), clipboard.clone(), inbox);
    let actor = tokio::spawn(actor.run(messages));

    show_tray(&app);
    triggers::listen(&app, display);
    service_events::follow(&app);
    let asked = app.clone();
    let listener = instance.listen(move |command| triggers::on_process(&asked, command))?;
    let first = app.is_first_start().then_some(Window::Welcome);
    if let Some(window) = window.or(first) {
        app.show(window);
    }
    tracing::info!(ms = started.elapsed().as_millis() as u64, "ready");
    Ok(Running { app, listener, actor, clipboard, display })
}

/// Hotkeys whose keys are not taken yet: that happens on another thread, since the X server takes up to 200 ms.
fn no_hotkeys(display: Display) -> Hotkeys {
    let grabber = match display {
        Display::X11 => {
            X11Grabber::connect().map(|grabber| Box::new(grabber) as Box<dyn KeyGrabber>).ok()
        }
        Display::Wayland => None,
    };
    Hotkeys::new(grabber)
}

/// Shows the tray in panels as they come and go, and draws it again at each change, until the bus is gone.
fn show_tray(app: &Arc<App<Wry>>) {
    let (app, clicked) = (app.clone(), app.clone());
    let tray = Tray::new(move |command| triggers::on_menu(&clicked, command));
    tokio::spawn(async move {
        if let Err(error) = keep_tray(&app, tray).await {
            tracing::warn!(%error, "no session bus, so no tray icon; start pounce again to open its windows");
        }
    });
}

async fn keep_tray(app: &App<Wry>, mut tray: Tray) -> anyhow::Result<()> {
    let mut panels = pin!(host::panels().await?);
    loop {
        tokio::select! {
            panel = panels.next() => match panel {
                Some(is_there) => panel_changed(app, &mut tray, is_there).await,
                None => return Ok(()),
            },
            () = app.tray_changed.notified() => tray.draw(app.tray_view()).await,
        }
    }
}

/// At a login, the app may start before the panel.
async fn panel_changed(app: &App<Wry>, tray: &mut Tray, is_there: bool) {
    let shown = if is_there { tray.show(app.tray_view()).await } else { Ok(()) };
    if let Err(error) = &shown {
        tracing::warn!(error = format!("{error:#}"), "the panel does not show the tray icon");
    }
    if !is_there {
        tracing::warn!("no panel shows tray icons; start pounce again to open its windows");
    }
    app.set_has_tray(is_there && shown.is_ok());
    app.redraw();
}

fn on_event(runtime: &Runtime, running: &Mutex<Option<Running>>, event: RunEvent) {
    match event {
        // The last window was closed: the app lives in the tray.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::WindowEvent { label, event: WindowEvent::Destroyed, .. } => {
            if let Some(running) =
                lock(running).as_ref().filter(|_| label == window::label(Window::Settings))
            {
                running.window_closed();
            }
        }
        RunEvent::Exit => {
            if let Some(running) = lock(running).take() {
                running.shut_down(runtime);
            }
        }
        _ => {}
    }
}
