//! [`Loader`]: has each model loaded where it is, on this machine or on another.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pounce_engine::LoadOptions;

use super::remote::{RemoteModel, patient_http};
use super::{Engine, EngineLoader, OnnxLoader, RunError};
use crate::http::Http;
use crate::keys::Keys;
use crate::registry::InstalledModel;

/// Loads models of this machine by another loader, and connects to those of other machines.
pub struct Loader {
    local: Arc<dyn EngineLoader>,
    http: Arc<Http>,
    keys: Keys,
}

impl Loader {
    /// Over a loader for the models of this machine.
    pub fn over(local: Arc<dyn EngineLoader>) -> Self {
        Self { local, http: Arc::new(patient_http()), keys: Keys::default() }
    }

    /// With these keys in place of the user's.
    pub fn with_keys(self, keys: Keys) -> Self {
        Self { keys, ..self }
    }
}

impl Default for Loader {
    /// Over ONNX Runtime.
    fn default() -> Self {
        Self::over(Arc::new(OnnxLoader::default()))
    }
}

impl EngineLoader for Loader {
    fn load<'a>(
        &'a self,
        model: &'a InstalledModel,
        options: LoadOptions,
    ) -> BoxFuture<'a, Result<Box<dyn Engine>, RunError>> {
        let Some(engine) = &model.remote else { return self.local.load(model, options) };
        async move {
            let key = self.keys.get(&engine.id).await;
            let remote = RemoteModel::new(engine.clone(), key, Arc::clone(&self.http));
            Ok(Box::new(remote) as Box<dyn Engine>)
        }
        .boxed()
    }
}
