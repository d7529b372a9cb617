//! [`LoadedModels`]: the confidence models of the installed models, each read once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use pounce_models::registry::InstalledModel;
use pounce_models::sync::lock;

use super::model::ConfidenceModel;

/// The confidence models that were read so far, by the fingerprint of what they were fitted to.
#[derive(Debug, Default)]
pub(crate) struct LoadedModels(Mutex<HashMap<String, Option<Arc<ConfidenceModel>>>>);

impl LoadedModels {
    /// What was fitted to an installed model; `None` if nothing was, or it is a server.
    pub(crate) fn of(&self, model: &InstalledModel) -> Option<Arc<ConfidenceModel>> {
        if model.remote.is_some() {
            return None;
        }
        let mut loaded = lock(&self.0);
        let read = || ConfidenceModel::load(&model.dir).map(Arc::new);
        loaded.entry(model.fingerprint.clone()).or_insert_with(read).clone()
    }
}
