//! Where requests come from besides tray, windows and other processes: hotkeys, the portal's shortcuts, signals.

use std::sync::Arc;
use std::time::Instant;

use global_hotkey::{GlobalHotKeyEvent, HotKeyState};
use tauri::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::app::{App, lock};
use crate::desk::Message;
use crate::display::Display;
use crate::windows::{self, Window};
use crate::{portal, tray_host};

/// Starts listening. Where no panel shows the icon, `without_panel` opens. Must be called within the tasks' runtime.
pub(crate) fn listen<R: Runtime>(
    app: &Arc<App<R>>,
    display: Display,
    without_panel: Option<Window>,
) {
    match display {
        Display::X11 => follow_hotkeys(app),
        Display::Wayland => follow_portal(app),
    }
    end_on_signals(app);
    look_for_panel(app, without_panel);
}

fn follow_hotkeys<R: Runtime>(app: &Arc<App<R>>) {
    // The library calls from the thread that also registers keys: waiting there for the lock that a registration
    // holds would stop both for ever. So presses pass through a channel.
    let (presses, mut pressed) = mpsc::unbounded_channel();
    GlobalHotKeyEvent::set_event_handler(Some(move |event: GlobalHotKeyEvent| {
        if event.state == HotKeyState::Pressed {
            let _ = presses.send((event.id, Instant::now()));
        }
    }));
    let listening = app.clone();
    tokio::spawn(async move {
        while let Some((id, at)) = pressed.recv().await {
            let mode = lock(&listening.hotkeys).mode_of(id);
            if mode.is_some() {
                let window = listening.window_in_front();
                listening.tell_desk(Message::Trigger { mode, at, window });
            }
        }
    });
    let taking = app.clone();
    tokio::task::spawn_blocking(move || {
        let wanted = App::<R>::wanted_keys(&taking.service.settings());
        lock(&taking.hotkeys).take(wanted);
        for hotkey in lock(&taking.hotkeys).status() {
            tracing::info!(keys = hotkey.keys, state = ?hotkey.state, "hotkey");
        }
        taking.redraw();
    });
}

fn follow_portal<R: Runtime>(app: &Arc<App<R>>) {
    let app = app.clone();
    tokio::spawn(async move {
        let wanted = App::<R>::wanted_keys(&app.service.settings());
        lock(&app.hotkeys).take(wanted);
        let bound = || {
            lock(&app.hotkeys).leave_to_portal(Some(wanted));
            app.redraw();
        };
        let press = |mode, at| {
            if lock(&app.hotkeys).is_on(mode) {
                app.tell_desk(Message::Trigger { mode: Some(mode), at, window: None });
            }
        };
        let end = portal::serve(wanted, bound, press).await;
        let why = end.map_or_else(|error| format!("{error:#}"), |()| "the portal has ended".into());
        tracing::warn!(why, "no hotkeys; bind `pounce trigger` in the desktop's settings");
        lock(&app.hotkeys).leave_to_portal(None);
        app.redraw();
    });
}

/// The end of the desktop session sends SIGTERM, a terminal SIGINT: both end the app in order.
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

/// Follows panels as they come and go: at a login, the app may be there first.
fn look_for_panel<R: Runtime>(app: &Arc<App<R>>, without_panel: Option<Window>) {
    let app = app.clone();
    tokio::spawn(async move {
        let mut without_panel = without_panel;
        let seen = |has_tray: bool| {
            let instead = without_panel.take();
            if !has_tray {
                tracing::warn!("no panel shows tray icons; start pounce again to open its windows");
                instead.inspect(|window| windows::show(&app.handle, *window));
            }
            app.set_has_tray(has_tray);
            app.redraw();
        };
        if let Err(error) = tray_host::follow(seen).await {
            tracing::warn!(%error, "no session bus, so no tray icon; start pounce again to open its windows");
            without_panel.inspect(|window| windows::show(&app.handle, *window));
        }
    });
}
