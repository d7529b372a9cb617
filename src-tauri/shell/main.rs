//! `pounce`: the one binary. What needs no display is in `pounce_cli`, the tray app in `pounce_shell`.

use std::process::ExitCode;

use pounce_cli::{DesktopCommand, Invocation};

fn main() -> ExitCode {
    // SAFETY: this is the only thread so far.
    unsafe { pounce_cli::disable_telemetry() };
    match pounce_cli::run() {
        Invocation::Done(code) => code,
        Invocation::Desktop(command) => desktop(command),
    }
}

#[cfg(feature = "desktop")]
fn desktop(command: DesktopCommand) -> ExitCode {
    pounce_shell::run(command)
}

#[cfg(not(feature = "desktop"))]
fn desktop(command: DesktopCommand) -> ExitCode {
    // There is no running app to tell.
    if command == DesktopCommand::Refresh {
        return ExitCode::SUCCESS;
    }
    eprintln!("pounce: this build has no desktop app; build it with the feature `desktop`");
    ExitCode::FAILURE
}
