//! `pounce`: the one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    pounce_cli::run()
}
