//! From a command line to the running app, and from there to the end.
//!
//! The order of the start: the claim to be the only instance, the display, the log, the service (whose first model
//! then loads in the background), the clipboard, and, once GTK runs, tray, hotkeys and windows.

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use anyhow::Context as _;
use pounce_cli::DesktopCommand;
use pounce_engine::CancelToken;
use pounce_service::{
    Completion, CompletionRequest, CompletionService, Deadline, Paths, ServiceOptions,
};
use tauri::{Manager as _, RunEvent, WindowEvent, Wry};
use tokio::runtime::Runtime;

use crate::app::{App, lock};
use crate::board::SystemBoard;
use crate::clipboard::Clipboard;
use crate::commands;
use crate::completer::Completes;
use crate::desk::{Desk, Message};
use crate::display::Display;
use crate::hotkey::{Grabber, Hotkeys, X11Grabber};
use crate::instance::{self, Instance, InstanceError, Reply, Request};
use crate::logging::{self, Logging};
use crate::paste::SystemKeys;
use crate::shutdown::Running;
use crate::tray::Tray;
use crate::windows::{self, Window};
use crate::{events, inputs};

/// The threads that carry the app's tasks; models compute on threads of their own.
const N_WORKERS: usize = 2;

/// Does what the command line asks of the desktop app.
///
/// # Errors
/// If there is no display, no running instance, or no folder to write in.
pub(crate) fn dispatch(command: DesktopCommand) -> anyhow::Result<ExitCode> {
    let paths = Paths::find();
    match command {
        DesktopCommand::Start => launch(paths, None),
        DesktopCommand::Show(window) => launch(paths, Some(window.into())),
        DesktopCommand::Trigger { mode } => forward(&paths, Request::Trigger(mode.map(Into::into))),
        DesktopCommand::Undo => forward(&paths, Request::Undo),
        DesktopCommand::CopyLast => forward(&paths, Request::CopyLast),
        DesktopCommand::Quit => forward(&paths, Request::Quit),
        DesktopCommand::Stats => stats(&paths),
        DesktopCommand::Refresh => refresh(&paths),
    }
}

fn forward(paths: &Paths, request: Request) -> anyhow::Result<ExitCode> {
    match instance::ask(&instance::runtime_folder(&paths.data), request)? {
        Reply::Done => {}
        Reply::Text(text) => pounce_cli::print(&text),
        Reply::Refused(why) => anyhow::bail!(why),
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells the running app of what another process changed. Without one there is nobody to tell.
fn refresh(paths: &Paths) -> anyhow::Result<ExitCode> {
    match forward(paths, Request::Refresh) {
        Err(error) if matches!(error.downcast_ref(), Some(InstanceError::NotRunning)) => {
            Ok(ExitCode::SUCCESS)
        }
        told => told,
    }
}

/// The running app's metrics, or what the last one left.
fn stats(paths: &Paths) -> anyhow::Result<ExitCode> {
    match instance::ask(&instance::runtime_folder(&paths.data), Request::Stats) {
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
        match instance::ask(&folder, Request::Show(window.unwrap_or(Window::Dashboard))) {
            Ok(_) => return Ok(ExitCode::SUCCESS),
            // The holder has just ended, or only looked whether anybody runs.
            Err(InstanceError::NotRunning) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn start(paths: Paths, instance: Instance, window: Option<Window>) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let display = Display::probe()?;
    let logging = Logging::start(&logging::folder(&paths.data))?;
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

/// What is there before GTK runs.
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
    let app = App::new(
        handle.clone(),
        service.clone(),
        paths,
        no_hotkeys(display),
        display,
        Some(logging),
    );
    let app = Arc::new(app);
    handle.manage(app.clone());
    app.apply_log_level();

    let clipboard = Arc::new(Clipboard::start(move || SystemBoard::connect(display))?);
    let desk = Desk::new(
        Arc::new(Served(service)),
        Arc::new(app.clone()),
        SystemKeys(display),
        clipboard.clone(),
    );
    let (desk, messages) = desk;
    app.set_desk(desk.inbox.clone());
    app.apply_read_ahead();
    let desk = tokio::spawn(desk.run(messages));

    show_tray(&app);
    // Whoever starts it for the first time has to see something of it.
    let without_panel = (window.is_none() && app.is_first_start()).then_some(Window::Dashboard);
    inputs::listen(&app, display, without_panel);
    events::follow(&app);
    let requests = app.clone();
    let listener = instance.listen(move |request| answer(&requests, request))?;
    if let Some(window) = window {
        windows::show(handle, window);
    }
    tracing::info!(ms = started.elapsed().as_millis() as u64, "ready");
    Ok(Running { app, listener, desk, clipboard })
}

/// Keys are taken a little later, on a thread of their own: asking the X server takes up to 200 ms.
fn no_hotkeys(display: Display) -> Hotkeys {
    let grabber = match display {
        Display::X11 => {
            X11Grabber::connect().map(|grabber| Box::new(grabber) as Box<dyn Grabber>).ok()
        }
        Display::Wayland => None,
    };
    Hotkeys::new(grabber)
}

fn show_tray(app: &Arc<App<Wry>>) {
    let clicked = app.clone();
    match Tray::new(&app.handle, app.tray_view(), move |command| clicked.command(command)) {
        Ok(tray) => app.set_tray(tray),
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                "no tray icon; start pounce again to open its windows"
            );
        }
    }
}

/// Answers another process.
fn answer(app: &Arc<App<Wry>>, request: Request) -> Reply {
    match request {
        Request::Trigger(mode) => {
            let (at, window) = (Instant::now(), app.window_in_front());
            app.tell_desk(Message::Trigger { mode, at, window });
        }
        Request::Show(window) => windows::show(&app.handle, window),
        Request::Undo if !app.desk_view().can_undo => {
            return Reply::Refused("there is nothing to undo".into());
        }
        Request::Undo => app.tell_desk(Message::Undo),
        Request::CopyLast if !app.desk_view().has_last => {
            return Reply::Refused(
                "nothing was completed yet; copy code and run `pounce trigger`".into(),
            );
        }
        Request::CopyLast => app.tell_desk(Message::CopyLast),
        Request::Quit => app.handle.exit(0),
        Request::Stats => return Reply::Text(app.service.stats_text()),
        Request::Refresh => {
            let service = app.service.clone();
            tauri::async_runtime::spawn(async move { service.refresh().await });
        }
    }
    Reply::Done
}

fn on_event(runtime: &Runtime, running: &Mutex<Option<Running>>, event: RunEvent) {
    match event {
        // The last window was closed: the app lives in the tray.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::WindowEvent { label, event: WindowEvent::Destroyed, .. } => {
            if let Some(running) =
                lock(running).as_ref().filter(|_| label == windows::label(Window::Settings))
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

/// The service as the desk sees it.
struct Served(CompletionService);

impl Completes for Served {
    async fn complete(
        &self,
        request: CompletionRequest,
        deadline: Deadline,
        cancel: CancelToken,
    ) -> Completion {
        let service = self.0.clone();
        let client = request.client.clone();
        let _hook = cancel.on_cancel(move || {
            service.cancel(&client);
        });
        self.0.complete_by(request, deadline).await
    }

    async fn prepare(&self, request: CompletionRequest) {
        let is_read = self.0.prepare(request).await;
        tracing::debug!(is_read, "read ahead");
    }
}
