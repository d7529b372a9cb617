//! [`Invocation`]: what the arguments ask for.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::verb::Verb;

/// What is left to do after the arguments were parsed.
#[derive(Debug, Clone)]
pub enum Invocation {
    /// Nothing: a sub-command ran; end with this code.
    Done(ExitCode),
    /// Start the desktop app, or reach the running one.
    Desktop(DesktopCommand),
}

/// What the desktop app is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesktopCommand {
    /// Start it; if it runs already, show that it does.
    Start,
    /// Have the running app do this.
    Do(Verb),
    /// Open a window, or bring it to the front.
    Show(Window),
    /// Print the running app's metrics.
    Stats,
    /// Have the running app, if there is one, read settings and models again: a sub-command has
    /// changed them.
    Refresh,
    /// End the running app.
    Quit,
}

/// The windows of the desktop app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Latency of the last requests.
    Dashboard,
    /// Models and settings.
    Settings,
}
