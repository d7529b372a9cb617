//! [`Loader`]: loads each model where it is, on this machine or on another.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pounce_engine::LoadOptions;

use super::engine::{Engine, EngineLoader};
use super::keys::Keys;
use super::local::LocalLoader;
use super::remote::{RemoteModel, patient_http};
use super::run_error::RunError;
use pounce_models::http::Http;
use pounce_models::registry::InstalledModel;

/// Passes models of this machine to another loader, and connects to servers itself.
pub struct Loader {
    local: Arc<dyn EngineLoader>,
    http: Arc<Http>,
    keys: Keys,
}

impl Loader {
    /// Uses this loader for the models of this machine.
    pub fn over(local: Arc<dyn EngineLoader>) -> Self {
        Self { local, http: Arc::new(patient_http()), keys: Keys::default() }
    }

    /// Uses these keys instead of the user's.
    pub fn with_keys(self, keys: Keys) -> Self {
        Self { keys, ..self }
    }
}

impl Default for Loader {
    /// Uses a [`LocalLoader`].
    fn default() -> Self {
        Self::over(Arc::new(LocalLoader::default()))
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
