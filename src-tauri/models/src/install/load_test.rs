//! [`LoadTest`]: whether a new model runs on this machine.

use futures_util::future::BoxFuture;

use crate::registry::InstalledModel;

/// Loads a model once before it appears under its name. Implemented by the service, which has
/// engines.
pub trait LoadTest: Send + Sync {
    /// Why there is too little memory to load the model, for the user; `None` if there is enough.
    /// May block.
    fn shortage(&self, model: &InstalledModel) -> Option<String>;

    /// Loads the model, completes once, unloads it and records what was measured. Dropping the
    /// future ends the test.
    ///
    /// # Errors
    /// Why the model does not run, for the user.
    fn run<'a>(&'a self, model: &'a InstalledModel) -> BoxFuture<'a, Result<(), String>>;
}
