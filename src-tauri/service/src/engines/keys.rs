//! [`Keys`]: the keys of remote engines, in the system's keyring or, for machines without one, in an
//! environment variable each. Never in the settings, never in a log.
//!
//! A key belongs to one server: it is forgotten when its engine's address becomes another server's,
//! and moves along when its engine is renamed. Variables are only read.

use std::collections::HashMap;
use std::env;
use std::sync::{Arc, Mutex};

use super::key_error::{KeyError, variable};
use super::keyring;
use crate::settings::RemoteEngine;
use pounce_models::catalog::ModelId;
use pounce_models::http::Secret;
use pounce_models::sync::{lock, spawn_blocking};

/// The keys of remote engines. They are written and used, and never shown.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vault);

/// Where keys are stored. The last two are for tests, which leave the user's keyring alone.
#[derive(Debug, Clone, Default)]
enum Vault {
    #[default]
    Keyring,
    Memory(Arc<Mutex<HashMap<ModelId, Secret>>>),
    Missing,
}

impl Keys {
    /// Keys that end with the program.
    pub fn in_memory() -> Self {
        Self(Vault::Memory(Arc::default()))
    }

    /// The keys of a machine without a keyring.
    pub fn without_keyring() -> Self {
        Self(Vault::Missing)
    }

    /// Whether an engine has a key.
    pub async fn has(&self, id: &ModelId) -> bool {
        self.get(id).await.is_some()
    }

    /// An engine's key, if there is one. A keyring that cannot be asked has none.
    pub(crate) async fn get(&self, id: &ModelId) -> Option<Secret> {
        match from_environment(id) {
            Some(key) => Some(key),
            None => self.stored(id).await,
        }
    }

    /// Stores an engine's key.
    ///
    /// # Errors
    /// [`KeyError`], which names the variable to use instead.
    pub async fn set(&self, id: &ModelId, key: &str) -> Result<(), KeyError> {
        self.store(id, Secret::new(key).ok_or(KeyError::Empty)?).await
    }

    /// Forgets an engine's key, if it has one.
    ///
    /// # Errors
    /// [`KeyError::Refused`] if the keyring does not delete it.
    pub async fn remove(&self, id: &ModelId) -> Result<(), KeyError> {
        let (vault, id) = (self.0.clone(), id.clone());
        spawn_blocking(move || vault.remove(&id)).await
    }

    /// Updates the stored key when an engine is added (`known` is `None`) or changed from `known` to
    /// `engine`. A `typed` key replaces the stored one. Without it, the stored key moves to the
    /// engine's new name, unless the address is another server's: then it is forgotten.
    ///
    /// # Errors
    /// [`KeyError`]; the engine must not be changed then.
    pub async fn follow(
        &self,
        known: Option<&RemoteEngine>,
        engine: &RemoteEngine,
        typed: Option<&str>,
    ) -> Result<(), KeyError> {
        let same_server = known.filter(|known| known.has_server_of(engine));
        let key = match (typed, same_server) {
            (Some(typed), _) => Some(Secret::new(typed).ok_or(KeyError::Empty)?),
            (None, Some(known)) if known.id == engine.id => return Ok(()),
            (None, Some(known)) => self.stored(&known.id).await,
            (None, None) => None,
        };
        match key {
            Some(key) => self.store(&engine.id, key).await?,
            None if known.is_some() || self.stored(&engine.id).await.is_some() => {
                self.remove(&engine.id).await?;
            }
            None => {}
        }
        match known.filter(|known| known.id != engine.id) {
            Some(known) => self.remove(&known.id).await,
            None => Ok(()),
        }
    }

    async fn stored(&self, id: &ModelId) -> Option<Secret> {
        let (vault, id) = (self.0.clone(), id.clone());
        spawn_blocking(move || vault.get(&id)).await
    }

    async fn store(&self, id: &ModelId, key: Secret) -> Result<(), KeyError> {
        let (vault, id) = (self.0.clone(), id.clone());
        spawn_blocking(move || vault.set(&id, key)).await
    }
}

impl Vault {
    fn get(&self, id: &ModelId) -> Option<Secret> {
        match self {
            Self::Keyring => keyring::get(id),
            Self::Memory(keys) => lock(keys).get(id).cloned(),
            Self::Missing => None,
        }
    }

    fn set(&self, id: &ModelId, key: Secret) -> Result<(), KeyError> {
        match self {
            Self::Keyring => keyring::set(id, &key),
            Self::Memory(keys) => {
                lock(keys).insert(id.clone(), key);
                Ok(())
            }
            Self::Missing => Err(KeyError::NoKeyring { variable: variable(id) }),
        }
    }

    fn remove(&self, id: &ModelId) -> Result<(), KeyError> {
        match self {
            Self::Keyring => keyring::remove(id),
            Self::Memory(keys) => {
                lock(keys).remove(id);
                Ok(())
            }
            Self::Missing => Ok(()),
        }
    }
}

fn from_environment(id: &ModelId) -> Option<Secret> {
    Secret::new(&env::var(variable(id)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_has_a_variable_of_its_own() {
        assert_eq!(variable(&"qwen-7b".into()), "POUNCE_REMOTE_KEY_QWEN_7B");
        assert_eq!(variable(&"Büro".into()), "POUNCE_REMOTE_KEY_B_RO");
    }

    #[tokio::test]
    async fn an_empty_key_is_refused() {
        let error = Keys::in_memory().set(&"far".into(), " \n").await.unwrap_err();
        assert!(matches!(error, KeyError::Empty), "{error}");
    }
}
