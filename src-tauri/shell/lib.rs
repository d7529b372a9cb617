//! The desktop app around the service: tray, hotkeys, clipboard and windows.
//!
//! A press of a hotkey passes these files in order: `inputs` (the key), `coordinator` (start, cancel or nothing),
//! `completer` with `clipboard` and `snippet` (read, complete, write or paste), `desk` (remember it for undo), `notice`
//! and `ipc` (tell the user and the windows). What decides is pure and tested without a display; what touches the
//! system (`board`, `targets`, `offer`, `paste`, `keyboard`, `picker`, `portal`, `tray`, `windows`) decides nothing.
#![cfg(feature = "desktop")]

mod app;
mod autostart;
mod board;
mod calibration;
mod clipboard;
mod commands;
mod completer;
mod coordinator;
mod copies;
mod desk;
mod display;
mod events;
mod export;
mod formats;
mod hotkey;
mod inputs;
mod installs;
mod instance;
mod ipc;
mod keyboard;
mod launch;
mod logging;
mod menu;
mod notice;
mod offer;
mod paste;
mod picker;
mod pipe;
mod portal;
mod present;
mod read_ahead;
mod remote_form;
#[cfg(test)]
mod script;
mod settings_form;
mod shutdown;
mod snippet;
mod targets;
mod tray;
mod tray_host;
mod undo;
mod windows;

use std::process::ExitCode;

use pounce_cli::DesktopCommand;

/// Does what the command line asks of the desktop app: starts it, or passes the request on to the running one. What
/// goes wrong is said in one line on standard error, with exit code 1.
pub fn run(command: DesktopCommand) -> ExitCode {
    match launch::dispatch(command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pounce: {error:#}");
            ExitCode::FAILURE
        }
    }
}
