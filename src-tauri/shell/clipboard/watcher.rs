//! [`ClipboardWatcher`]: reports every copy that any program makes. It reads nothing; `rules` decides what may be read.
//!
//! On X11 the XFixes extension reports every new owner of the clipboard. On Wayland the data-control protocol does, which
//! KDE and the compositors based on wlroots have; without it, the XFixes extension of XWayland. If that is missing too,
//! copies go unnoticed and the settings say so.

use std::sync::Arc;
use std::thread::JoinHandle;

use thiserror::Error;
use wl_clipboard_rs::paste::{self, Seat};
use wl_clipboard_rs::watch::{ClipboardType, Watcher};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ClientMessageEvent, ConnectionExt as _, EventMask};

use super::x11::connection::{X11Result, hidden_window, report_owners};
use crate::display::Display;

/// Why copies cannot be watched.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum WatchError {
    /// Wayland without the data-control protocol and without XWayland.
    #[error("this desktop does not report copies to programs, so nothing is read ahead")]
    Unsupported,
    /// The display server refused.
    #[error("copies cannot be watched: {0}; restart pounce")]
    Failed(String),
}

/// The thread that waits for copies. Dropping it ends the thread.
pub(crate) struct ClipboardWatcher {
    /// `None` only while dropping.
    stop: Option<Box<dyn FnOnce() + Send>>,
    thread: Option<JoinHandle<()>>,
}

impl ClipboardWatcher {
    /// Calls `on_copy` on the watcher's own thread: once for the present content, and after every copy.
    ///
    /// # Errors
    /// If this display does not report copies.
    pub(crate) fn start(
        display: Display,
        on_copy: impl Fn() + Send + 'static,
    ) -> Result<Self, WatchError> {
        let on_x11 =
            |on_copy| on_x11(on_copy).map_err(|error| WatchError::Failed(error.to_string()));
        match display.of_clipboard() {
            Some(Display::X11) => on_x11(on_copy),
            Some(Display::Wayland) => on_wayland(on_copy),
            None => Err(WatchError::Unsupported),
        }
    }

    fn run(
        wait: impl FnOnce() + Send + 'static,
        stop: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Self> {
        let thread = std::thread::Builder::new().name("clipboard-watch".into()).spawn(wait)?;
        Ok(Self { stop: Some(Box::new(stop)), thread: Some(thread) })
    }
}

impl Drop for ClipboardWatcher {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the thread that waits for copies panicked");
        }
    }
}

fn on_x11(on_copy: impl Fn() + Send + 'static) -> X11Result<ClipboardWatcher> {
    let (connection, screen) = x11rb::connect(None)?;
    let window = hidden_window(&connection, screen)?;
    let clipboard = connection.intern_atom(false, b"CLIPBOARD")?.reply()?.atom;
    report_owners(&connection, window, &[clipboard])?;
    let connection = Arc::new(connection);
    let waiting = connection.clone();
    let wait = move || {
        // Wayland reports the present content as well; X11 reports only new ones.
        on_copy();
        while let Ok(event) = waiting.wait_for_event() {
            match event {
                Event::XfixesSelectionNotify(event) if event.owner != x11rb::NONE => on_copy(),
                // Sent by `stop`.
                Event::ClientMessage(_) => break,
                _ => {}
            }
        }
    };
    let stop = move || {
        // A message to our own window wakes the thread; if the server is gone, the thread has ended already.
        let message = ClientMessageEvent::new(32, window, clipboard, [0; 5]);
        let _ = connection.send_event(false, window, EventMask::NO_EVENT, message);
        let _ = connection.flush();
    };
    Ok(ClipboardWatcher::run(wait, stop)?)
}

fn on_wayland(on_copy: impl Fn() + Send + 'static) -> Result<ClipboardWatcher, WatchError> {
    let failed = |error: &dyn std::error::Error| WatchError::Failed(error.to_string());
    let mut watcher = match Watcher::new(ClipboardType::Regular, Seat::Unspecified) {
        Ok(watcher) => watcher,
        Err(paste::Error::MissingProtocol { .. } | paste::Error::NoSeats) => {
            return Err(WatchError::Unsupported);
        }
        Err(error) => return Err(failed(&error)),
    };
    let handle = watcher.cancel_handle();
    let wait = move || {
        while let Ok(Some(_)) = watcher.next_event() {
            on_copy();
        }
    };
    ClipboardWatcher::run(wait, move || handle.cancel()).map_err(|error| failed(&error))
}
