//! [`Invocation`]: what remains to be done after the arguments were parsed.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::verb::Verb;

/// What is left to do after the arguments were parsed.
#[derive(Debug, Clone)]
pub enum Invocation {
    /// A sub-command has run; end with this exit code.
    Done(ExitCode),
    /// Start the desktop app, or reach the running one.
    Desktop(DesktopCommand),
}

/// A command for the desktop app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesktopCommand {
    /// Start the app; if it runs already, show its window.
    Start,
    /// Perform a verb in the running app.
    Do(Verb),
    /// Open a window, or bring it to the front.
    Show(Window),
    /// Print the running app's metrics.
    Stats,
    /// Let the running app, if there is one, reload settings and models, because a sub-command has
    /// changed them.
    Refresh,
    /// End the running app.
    Quit,
}

/// The windows of the desktop app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Window {
    /// Latency of the last requests.
    Dashboard,
    /// Models and settings.
    Settings,
    /// The first steps, which the first start shows.
    Welcome,
    /// The last completions.
    History,
    /// Help, version and licences.
    About,
}
