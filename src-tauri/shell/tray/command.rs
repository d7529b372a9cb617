//! [`MenuCommand`]: what a click on a line of the menu does.

use pounce_cli::{Verb, Window};
use pounce_engine::Mode;

/// What a click does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MenuCommand {
    /// Asks the running app for this.
    Do(Verb),
    /// Opens a window.
    Show(Window),
    /// Sets how much is completed from now on.
    SetMode(Mode),
    /// Sets whether other programs are answered from now on.
    SetServing(bool),
    /// Makes this model answer from now on; `None` lets the router choose.
    Pin(Option<String>),
    /// Ends the app.
    Quit,
}
