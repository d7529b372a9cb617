//! Engines on other machines: their keys, and whether they answer. Which there are is a matter of the
//! settings.

use std::time::Duration;

use super::CompletionService;
use crate::catalog::ModelId;
use crate::context::lock;
use crate::engine::remote;
use crate::keys::{KeyError, Keys};
use crate::settings::RemoteEngine;

impl CompletionService {
    /// Keeps a server's key in the system's keyring; it is asked with it from now on.
    ///
    /// # Errors
    /// [`KeyError`], with the variable that does instead.
    pub async fn set_remote_key(&self, id: &ModelId, key: &str) -> Result<(), KeyError> {
        Keys.set(id, key).await?;
        self.reconnect(id).await;
        Ok(())
    }

    /// Forgets a server's key.
    ///
    /// # Errors
    /// [`KeyError::Refused`] if the keyring keeps it.
    pub async fn remove_remote_key(&self, id: &ModelId) -> Result<(), KeyError> {
        Keys.remove(id).await?;
        self.reconnect(id).await;
        Ok(())
    }

    /// Whether a server has a key. Which, nobody is told.
    pub async fn has_remote_key(&self, id: &ModelId) -> bool {
        Keys.has(id).await
    }

    /// Asks a server for a few tokens of a fixed text, also while servers are turned off: how long
    /// that took.
    ///
    /// # Errors
    /// One line with the remedy.
    pub async fn check_remote(&self, engine: &RemoteEngine) -> Result<Duration, String> {
        let allows_plain_http = lock(&self.0.context.settings).remote.allow_plain_http;
        remote::check(engine, allows_plain_http).await.map_err(|error| error.to_string())
    }

    /// Connects to every server anew that was connected to.
    pub(super) async fn reconnect_all(&self) {
        let installed = lock(&self.0.context.registry).installed().to_vec();
        for model in installed.iter().filter(|model| model.remote.is_some()) {
            self.reconnect(&model.id).await;
        }
    }

    /// What a server failed for may be right now.
    async fn reconnect(&self, id: &ModelId) {
        self.0.context.breakers.reset(id);
        if self.unload(id).await {
            self.0.pool.request_load(id);
        }
    }
}
