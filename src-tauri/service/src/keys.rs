//! [`Keys`]: where the keys of remote engines are kept: in the system's keyring, or, for machines
//! without one, in an environment variable each. Never in the settings, never in a log.

use std::env;

use crate::catalog::ModelId;
use crate::http::Secret;
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
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys;

impl Keys {
    /// Whether an engine has a key.
    pub async fn has(self, id: &ModelId) -> bool {
        self.get(id).await.is_some()
    }

    /// An engine's key, if there is one. A keyring that cannot be asked has none.
    pub(crate) async fn get(self, id: &ModelId) -> Option<Secret> {
        if let Some(key) = from_environment(id) {
            return Some(key);
        }
        let id = id.clone();
        off_the_runtime(move || keyring::get(&id)).await
    }

    /// Keeps an engine's key.
    ///
    /// # Errors
    /// [`KeyError`], with the variable that does instead.
    pub async fn set(self, id: &ModelId, key: &str) -> Result<(), KeyError> {
        let key = Secret::new(key).ok_or(KeyError::Empty)?;
        let id = id.clone();
        off_the_runtime(move || keyring::set(&id, &key)).await
    }

    /// Forgets an engine's key; one that was not there is forgotten already.
    ///
    /// # Errors
    /// [`KeyError::Refused`] if the keyring keeps it.
    pub async fn remove(self, id: &ModelId) -> Result<(), KeyError> {
        let id = id.clone();
        off_the_runtime(move || keyring::remove(&id)).await
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
        let error = Keys.set(&"far".into(), " \n").await.unwrap_err();
        assert!(matches!(error, KeyError::Empty), "{error}");
    }
}
