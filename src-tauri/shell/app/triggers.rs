//! What makes the app act from outside: hotkeys, the tray menu, other processes and signals.

use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use global_hotkey::{GlobalHotKeyEvent, HotKeyState};
use pounce_cli::{DesktopCommand, Verb, Window};
use tauri::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::App;
use super::instance::Reply;
use crate::display::Display;
use crate::hotkeys::hotkey::keys_of;
use crate::hotkeys::portal;
use crate::request::actor::Message;
use crate::request::desktop_ui::DesktopUi as _;
use crate::request::notice::Notice;
use crate::request::trigger::{Answer, Trigger};
use crate::sync::lock;
use crate::tray::command::MenuCommand;

/// How long another process is kept waiting for the end of a request: less than it waits for an answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(4);

/// How long to wait before hotkeys that another program holds are tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(10);

/// Starts listening to hotkeys and signals. Must be called within the tasks' runtime.
pub(crate) fn listen<R: Runtime>(app: &Arc<App<R>>, display: Display) {
    match display {
        Display::X11 => follow_hotkeys(app),
        Display::Wayland => follow_portal(app),
    }
    end_on_signals(app);
}

/// Does what the tray menu says.
pub(crate) fn on_menu<R: Runtime>(app: &Arc<App<R>>, command: MenuCommand) {
    match command {
        MenuCommand::Do(verb) => app.ask(verb),
        MenuCommand::Show(window) => app.show(window),
        MenuCommand::Quit => app.handle.exit(0),
        MenuCommand::SetMode(mode) => app.save(move |settings| settings.desktop.mode = mode),
        MenuCommand::SetServing(serves) => {
            app.save(move |settings| settings.server.enabled = serves)
        }
        MenuCommand::Pin(model) => {
            app.save(|settings| settings.models.pinned = model.map(Into::into));
        }
    }
}

/// Does what another process asks for.
pub(crate) fn on_process<R: Runtime>(app: &Arc<App<R>>, command: DesktopCommand) -> Reply {
    match command {
        DesktopCommand::Start => app.show(Window::Dashboard),
        DesktopCommand::Show(window) => app.show(window),
        DesktopCommand::Do(verb) => return ask_and_wait(app, verb),
        DesktopCommand::Quit => app.handle.exit(0),
        DesktopCommand::Stats => return Reply::Text(app.service.stats_text()),
        DesktopCommand::Refresh => {
            let service = app.service.clone();
            tauri::async_runtime::spawn(async move { service.refresh().await });
        }
    }
    Reply::Done
}

/// Asks for `verb` from the window in front, into which a completion may be pasted.
fn ask_from_front<R: Runtime>(app: &App<R>, verb: Verb, at: Instant, answer: Option<Answer>) {
    app.tell_actor(Message::Asked(Trigger { verb, at, window: app.paste_window() }, answer));
}

/// Asks for `verb` and waits whether something was done. What takes longer than [`ANSWER_LIMIT`] is being done.
fn ask_and_wait<R: Runtime>(app: &App<R>, verb: Verb) -> Reply {
    let (answer, answered) = std::sync::mpsc::channel();
    ask_from_front(app, verb, Instant::now(), Some(answer));
    match answered.recv_timeout(ANSWER_LIMIT) {
        Ok(Ok(())) | Err(RecvTimeoutError::Timeout) => Reply::Done,
        Ok(Err(why)) => Reply::Refused(why),
        Err(RecvTimeoutError::Disconnected) => Reply::Refused("pounce is ending".into()),
    }
}

fn follow_hotkeys<R: Runtime>(app: &Arc<App<R>>) {
    // The library calls from the thread that also registers keys. If that thread waited for the lock that a registration
    // holds, both would wait forever. So presses pass through a channel.
    let (presses, mut pressed) = mpsc::unbounded_channel();
    GlobalHotKeyEvent::set_event_handler(Some(move |event: GlobalHotKeyEvent| {
        if event.state == HotKeyState::Pressed {
            let _ = presses.send((event.id, Instant::now()));
        }
    }));
    let listening = app.clone();
    tokio::spawn(async move {
        while let Some((id, at)) = pressed.recv().await {
            let verb = lock(&listening.hotkeys).verb_of(id);
            if let Some(verb) = verb {
                ask_from_front(&listening, verb, at, None);
            }
        }
    });
    let (taking, tasks) = (app.clone(), tokio::runtime::Handle::current());
    tokio::task::spawn_blocking(move || {
        lock(&taking.hotkeys).take(&keys_of(&taking.service.settings().hotkeys));
        for hotkey in lock(&taking.hotkeys).status(taking.language()) {
            tracing::info!(keys = hotkey.keys, state = ?hotkey.state, "hotkey");
        }
        taking.redraw();
        tasks.spawn(retry_hotkeys(taking));
    });
}

/// Tells the user which hotkeys another program holds, and takes them once that has let them go.
async fn retry_hotkeys<R: Runtime>(app: Arc<App<R>>) {
    let mut told = Vec::new();
    loop {
        let taken = lock(&app.hotkeys).taken();
        if !taken.is_empty() && taken != told {
            app.notify(Notice::hotkeys_taken(app.language(), &taken));
        }
        told = taken;
        tokio::time::sleep(RETRY_PAUSE).await;
        let trying = app.clone();
        let retry = move || lock(&trying.hotkeys).retry();
        let Ok(working) = tokio::task::spawn_blocking(retry).await else { return };
        if !working.is_empty() {
            app.notify(Notice::hotkeys_work(app.language(), &working));
            app.redraw();
        }
    }
}

fn follow_portal<R: Runtime>(app: &Arc<App<R>>) {
    let app = app.clone();
    tokio::spawn(async move {
        let wanted = keys_of(&app.service.settings().hotkeys);
        lock(&app.hotkeys).take(&wanted);
        let bound = || {
            lock(&app.hotkeys).leave_to_portal(Some(wanted.clone()));
            app.redraw();
        };
        let press = |verb, at| {
            if lock(&app.hotkeys).is_on(verb) {
                app.tell_actor(Message::Asked(Trigger { verb, at, window: None }, None));
            }
        };
        let end = portal::serve(&wanted, app.language(), bound, press).await;
        let why = end.map_or_else(|error| format!("{error:#}"), |()| "the portal has ended".into());
        tracing::warn!(why, "no hotkeys; bind `pounce trigger` in the desktop's settings");
        lock(&app.hotkeys).leave_to_portal(None);
        app.redraw();
    });
}

/// Ends the app in order on SIGTERM, which the end of the desktop session sends, and on SIGINT from a terminal.
fn end_on_signals<R: Runtime>(app: &Arc<App<R>>) {
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        match signal(kind) {
            Ok(mut signals) => {
                let handle = app.handle.clone();
                tokio::spawn(async move {
                    if signals.recv().await.is_some() {
                        handle.exit(0);
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "a signal is not listened to"),
        }
    }
}
