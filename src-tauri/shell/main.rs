//! `pounce`: the one binary.

use std::process::ExitCode;

use pounce_cli::Invocation;

fn main() -> ExitCode {
    match pounce_cli::run() {
        Invocation::Done(code) => code,
        Invocation::Desktop(_) => {
            eprintln!("pounce: this build has no desktop app: build it with the feature `desktop`");
            ExitCode::FAILURE
        }
    }
}
