//! The sub-commands of `pounce`: everything that needs no display, no GTK and no web view.
//!
//! [`run`] parses the arguments. Commands for the desktop app, such as starting it, are returned to
//! the caller; the others run here. Completions and figures go to standard output; timings,
//! progress and errors go to standard error.

mod arguments;
mod bench;
mod complete;
mod convert;
mod documents;
mod eval;
mod input;
mod interruption;
mod invocation;
mod loading;
mod memory;
mod message;
mod model_options;
mod models;
mod open_settings;
mod output;
mod projects;
mod remote;
mod serve;
mod snippet_request;
mod table;
mod verb;

use std::process::ExitCode;

use clap::Parser;
use pounce_service::percentiles;

use arguments::{Arguments, Command};
pub use bench::BenchProcess;
pub use invocation::{DesktopCommand, Invocation, Window};
pub use message::message_of;
pub use models::assess_in_background;
pub use output::print;
pub use pounce_engine::disable_telemetry;
pub use verb::Verb;

/// Parses the arguments of this process and runs their sub-command, unless it is one for the
/// desktop app.
pub fn run() -> Invocation {
    pounce_service::hide_panic_messages();
    let command = Arguments::parse().command.unwrap_or(Command::Start);
    let result = match command {
        Command::Complete(options) => complete::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Eval(options) => eval::run(&options),
        Command::Convert(options) => convert::run(&options),
        Command::Man { folder } => documents::man(&folder),
        Command::Completions { shell } => {
            documents::completions(shell);
            Ok(())
        }
        Command::Models(command) => match models::run(&command) {
            Ok(true) => return Invocation::Desktop(DesktopCommand::Refresh),
            end => end.map(|_| ()),
        },
        Command::Remote(command) => match remote::run(&command) {
            Ok(true) => return Invocation::Desktop(DesktopCommand::Refresh),
            end => end.map(|_| ()),
        },
        Command::Projects(command) => match projects::run(&command) {
            Ok(true) => return Invocation::Desktop(DesktopCommand::Refresh),
            end => end.map(|_| ()),
        },
        Command::Serve(options) => serve::run(&options),
        Command::Start => return Invocation::Desktop(DesktopCommand::Start),
        Command::Trigger { mode } => return verb(Verb::Complete(mode)),
        Command::Show { window } => return Invocation::Desktop(DesktopCommand::Show(window)),
        Command::Next => return verb(Verb::Next),
        Command::Undo => return verb(Verb::Undo),
        Command::CopyLast => return verb(Verb::Copy(None)),
        Command::Stats => return Invocation::Desktop(DesktopCommand::Stats),
        Command::Quit => return Invocation::Desktop(DesktopCommand::Quit),
    };
    Invocation::Done(exit_code(result))
}

fn verb(verb: Verb) -> Invocation {
    Invocation::Desktop(DesktopCommand::Do(verb))
}

/// Prints an error, if there is one, with its causes on one line.
fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pounce: {}", message_of(&error));
            ExitCode::FAILURE
        }
    }
}
