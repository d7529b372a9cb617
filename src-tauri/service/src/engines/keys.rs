//! [`Keys`]: where the keys of remote engines are kept: in the system's keyring, or, for machines
//! without one, in an environment variable each. Never in the settings, never in a log.
//!
//! A key was given for a server, and goes to no other: it is forgotten when its engine's address becomes another
//! server's, and moves when its engine gets another name. A variable is the user's own: nobody else changes it.

use std::collections::HashMap;
use std::env;
use std::sync::{Arc, Mutex};

use crate::catalog::ModelId;
use crate::context::lock;
use crate::http::Secret;
use crate::settings::RemoteEngine;
use crate::storage::off_the_runtime;

/// The beginning of the variables that hold keys: `POUNCE_REMOTE_KEY_` and the engine's id in upper
/// case, with `_` for whatever is no letter or digit. A variable goes before the keyring.
pub const KEY_VARIABLE: &str = "POUNCE_REMOTE_KEY_";

/// Why a key was not kept or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no keyring to ask.
    #[error("this machine has no keyring to keep the key in: set {variable} instead")]
    NoKeyring {
        /// The variable that is looked at.
        variable: String,
    },
    /// The keyring refused.
    #[error("the keyring refuses: {reason}; unlock it, or set {variable} instead")]
    Refused {
        /// What it said.
        reason: String,
        /// The variable that is looked at.
        variable: String,
    },
    /// The key has no characters.
    #[error("the key is empty: give the one that the server's owner handed out")]
    Empty,
}

/// The keys of remote engines. They are written and used, and never shown.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vault);

/// Where they are. The last two are for tests, which leave the user's keyring alone.
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
            None => self.kept(id).await,
        }
    }

    /// Keeps an engine's key.
    ///
    /// # Errors
    /// [`KeyError`], with the variable that does instead.
    pub async fn set(&self, id: &ModelId, key: &str) -> Result<(), KeyError> {
        self.keep(id, Secret::new(key).ok_or(KeyError::Empty)?).await
    }

    /// Forgets an engine's key; one that was not there is forgotten already.
    ///
    /// # Errors
    /// [`KeyError::Refused`] if the keyring keeps it.
    pub async fn remove(&self, id: &ModelId) -> Result<(), KeyError> {
        let (vault, id) = (self.0.clone(), id.clone());
        off_the_runtime(move || vault.remove(&id)).await
    }

    /// Has the kept key go the way of its engine, which was `known`, or nothing, and becomes `engine`. The one that
    /// was typed takes its place; without one it stays with its server, under the engine's new name, and goes to no
    /// other server.
    ///
    /// # Errors
    /// [`KeyError`]; then the engine must stay as it is known.
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
            (None, Some(known)) => self.kept(&known.id).await,
            (None, None) => None,
        };
        match key {
            Some(key) => self.keep(&engine.id, key).await?,
            None if known.is_some() || self.kept(&engine.id).await.is_some() => {
                self.remove(&engine.id).await?;
            }
            None => {}
        }
        match known.filter(|known| known.id != engine.id) {
            Some(known) => self.remove(&known.id).await,
            None => Ok(()),
        }
    }

    async fn kept(&self, id: &ModelId) -> Option<Secret> {
        let (vault, id) = (self.0.clone(), id.clone());
        off_the_runtime(move || vault.get(&id)).await
    }

    async fn keep(&self, id: &ModelId, key: Secret) -> Result<(), KeyError> {
        let (vault, id) = (self.0.clone(), id.clone());
        off_the_runtime(move || vault.set(&id, key)).await
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

/// The variable that holds an engine's key.
pub(crate) fn variable(id: &ModelId) -> String {
    let part = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    KEY_VARIABLE.chars().chain(id.as_str().chars().map(part)).collect()
}

/// The system's keyring. Its calls wait for D-Bus.
#[cfg(feature = "keyring")]
mod keyring {
    use ::keyring::{Entry, Error};

    use super::{KeyError, variable};
    use crate::catalog::ModelId;
    use crate::http::Secret;

    /// What entries are filed under.
    const SERVICE: &str = "pounce";

    pub(super) fn get(id: &ModelId) -> Option<Secret> {
        let password = Entry::new(SERVICE, id.as_str()).and_then(|entry| entry.get_password());
        match password {
            Ok(password) => Secret::new(&password),
            Err(Error::NoEntry) => None,
            Err(error) => {
                tracing::debug!(%id, %error, "the keyring was not asked for a key");
                None
            }
        }
    }

    pub(super) fn set(id: &ModelId, key: &Secret) -> Result<(), KeyError> {
        let entry = Entry::new(SERVICE, id.as_str());
        entry
            .and_then(|entry| entry.set_password(key.reveal()))
            .map_err(|error| refused(id, &error))
    }

    pub(super) fn remove(id: &ModelId) -> Result<(), KeyError> {
        let removed = Entry::new(SERVICE, id.as_str()).and_then(|entry| entry.delete_credential());
        match removed {
            Ok(()) | Err(Error::NoEntry | Error::NoDefaultStore) => Ok(()),
            Err(error) => Err(refused(id, &error)),
        }
    }

    fn refused(id: &ModelId, error: &Error) -> KeyError {
        let variable = variable(id);
        match error {
            Error::NoDefaultStore => KeyError::NoKeyring { variable },
            error => {
                let text = error.to_string();
                let reason = text.lines().next().unwrap_or_default().to_owned();
                KeyError::Refused { reason, variable }
            }
        }
    }
}

/// A build without a desktop knows no keyring.
#[cfg(not(feature = "keyring"))]
mod keyring {
    use super::{KeyError, variable};
    use crate::catalog::ModelId;
    use crate::http::Secret;

    pub(super) fn get(_: &ModelId) -> Option<Secret> {
        None
    }

    pub(super) fn set(id: &ModelId, _: &Secret) -> Result<(), KeyError> {
        Err(KeyError::NoKeyring { variable: variable(id) })
    }

    pub(super) fn remove(_: &ModelId) -> Result<(), KeyError> {
        Ok(())
    }
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
