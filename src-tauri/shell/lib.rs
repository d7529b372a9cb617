//! The desktop app around the service: tray, hotkeys, clipboard and windows.
//!
//! A press of a hotkey passes these files in order: `app/triggers` (the key), `request/actor` and `request/coordinator`
//! (start, cancel or nothing), `request/runner` with `clipboard/rules` and `request/snippet` (read, complete, write or
//! paste), `clipboard/undo` (remember the write), `request/notice` and `windows/wire` (tell the user and the windows).
//! Decisions are pure and tested without a display; the files that touch the system decide nothing.
#![cfg(feature = "desktop")]

mod app;
mod clipboard;
mod display;
mod expiring_queue;
mod hotkeys;
#[cfg(test)]
mod in_time;
mod request;
mod tray;
mod ui_language;
mod windows;

use std::process::ExitCode;

use pounce_cli::{DesktopCommand, message_of};
use pounce_service::sync;

/// Does what the command line asks of the desktop app: starts it, or passes the command on to the running one. An error
/// is printed in one line on standard error, and the exit code is 1.
pub fn run(command: DesktopCommand) -> ExitCode {
    match app::launch::dispatch(command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pounce: {}", message_of(&error));
            ExitCode::FAILURE
        }
    }
}
