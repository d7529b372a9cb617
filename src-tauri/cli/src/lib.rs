//! The sub-commands of `pounce`: everything that needs no display.

use std::process::ExitCode;

/// Runs the sub-command that the arguments name.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
