//! [`Asked`]: a model with the run that it is asked for.

use crate::engines::Run;
use crate::request::completion::CompletionSource;
use pounce_models::registry::InstalledModel;

/// A model with the run that it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) model: InstalledModel,
    pub(crate) run: Run,
}

impl Asked {
    /// The source of its completions.
    pub(crate) fn source(&self) -> CompletionSource {
        let id = self.model.id.clone();
        match self.model.remote {
            Some(_) => CompletionSource::Remote(id),
            None => CompletionSource::Model(id),
        }
    }
}
