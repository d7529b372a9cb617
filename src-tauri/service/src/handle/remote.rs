//! Servers: saving and removing them with their keys, and whether they answer. The list of servers is
//! part of the settings.

use std::time::Duration;

use super::service::CompletionService;
use crate::engines::{KeyError, remote};
use crate::settings::{FieldError, RemoteEngine, Settings, SettingsError};
use pounce_models::catalog::ModelId;

/// Why a server was not saved or removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoteChangeError {
    /// Its entry was refused, or the settings cannot be written.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Its key cannot be stored or deleted; its entry is unchanged.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl From<FieldError> for RemoteChangeError {
    fn from(error: FieldError) -> Self {
        Self::Settings(SettingsError::Fields { fields: vec![error] })
    }
}

impl CompletionService {
    /// Adds a server, or changes the one named `old`. A `key` goes into the system's keyring. Without it,
    /// the stored key moves to the new name, or is forgotten if the address is another server's.
    ///
    /// # Errors
    /// [`RemoteChangeError`]; the entry stays as it was.
    pub async fn save_remote(
        &self,
        old: Option<&ModelId>,
        engine: RemoteEngine,
        key: Option<&str>,
    ) -> Result<(), RemoteChangeError> {
        let settings = self.settings();
        // Checked before the key is stored, which in turn must succeed before the entry is saved.
        let mut planned = settings.clone();
        planned.remote.put(old, engine.clone())?;
        planned.validate().map_err(|fields| SettingsError::Fields { fields })?;
        let known = old.and_then(|old| settings.remote.get(old));
        self.0.keys.follow(known, &engine, key).await?;
        let id = engine.id.clone();
        let put = |settings: &mut Settings| Ok(settings.remote.put(old, engine)?);
        self.update_settings::<RemoteChangeError>(put).await?;
        self.reconnect(&id).await;
        Ok(())
    }

    /// Forgets a server and its key.
    ///
    /// # Errors
    /// [`RemoteChangeError`]; the entry stays as it was.
    pub async fn remove_remote(&self, id: &ModelId) -> Result<(), RemoteChangeError> {
        self.0.keys.remove(id).await?;
        let take_out = |settings: &mut Settings| {
            settings.remove_engine(id);
            Ok(())
        };
        self.update_settings::<RemoteChangeError>(take_out).await?;
        Ok(())
    }

    /// Forgets a server's key.
    ///
    /// # Errors
    /// [`KeyError::Refused`] if the keyring does not delete it.
    pub async fn remove_remote_key(&self, id: &ModelId) -> Result<(), KeyError> {
        self.0.keys.remove(id).await?;
        self.reconnect(id).await;
        Ok(())
    }

    /// Whether a server has a key. The key itself is never shown.
    pub async fn has_remote_key(&self, id: &ModelId) -> bool {
        self.0.keys.has(id).await
    }

    /// Asks a server of the settings for a few tokens of a fixed text, also while servers are turned off;
    /// returns how long that took.
    ///
    /// # Errors
    /// One line with the remedy.
    pub async fn check_remote(&self, id: &ModelId) -> Result<Duration, String> {
        let remote = self.settings().remote;
        let engine = remote.get(id).ok_or_else(|| format!("there is no remote engine {id}"))?;
        let checked = remote::check_with(engine, remote.allow_plain_http, &self.0.keys).await;
        checked.map(|checked| checked.took).map_err(|error| error.to_string())
    }

    /// Connects again to every server that was connected to.
    pub(super) async fn reconnect_all(&self) {
        for model in self.context().installed_models().iter().filter(|model| model.remote.is_some())
        {
            self.reconnect(&model.id).await;
        }
    }

    /// Connects to a server again, whose fault may be gone.
    async fn reconnect(&self, id: &ModelId) {
        self.context().breakers.reset(id);
        if self.unload(id).await {
            self.0.pool.request_load(id);
        }
    }
}
