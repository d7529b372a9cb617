//! The system's keyring; a build without a desktop has none. Its calls wait for D-Bus.

#[cfg(not(feature = "keyring"))]
pub(super) use absent::{get, remove, set};
#[cfg(feature = "keyring")]
pub(super) use system::{get, remove, set};

#[cfg(feature = "keyring")]
mod system {
    use ::keyring::{Entry, Error};

    use crate::engines::key_error::{KeyError, variable};
    use pounce_models::catalog::ModelId;
    use pounce_models::http::Secret;

    /// The name under which the keyring lists the entries.
    const SERVICE: &str = "pounce";

    pub(crate) fn get(id: &ModelId) -> Option<Secret> {
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

    pub(crate) fn set(id: &ModelId, key: &Secret) -> Result<(), KeyError> {
        let entry = Entry::new(SERVICE, id.as_str());
        entry
            .and_then(|entry| entry.set_password(key.reveal()))
            .map_err(|error| refused(id, &error))
    }

    pub(crate) fn remove(id: &ModelId) -> Result<(), KeyError> {
        let removed = Entry::new(SERVICE, id.as_str()).and_then(|entry| entry.delete_credential());
        match removed {
            Ok(()) | Err(Error::NoEntry | Error::NoDefaultStore) => Ok(()),
            Err(error) => Err(refused(id, &error)),
        }
    }

    fn refused(id: &ModelId, error: &Error) -> KeyError {
        let variable = variable(id);
        match error {
            // The secret service's own failures, of which the usual one is that no program provides it.
            Error::NoDefaultStore | Error::PlatformFailure(_) => KeyError::NoKeyring { variable },
            Error::NoStorageAccess(_) => KeyError::Locked { variable },
            error => {
                let text = error.to_string();
                let reason = text.lines().next().unwrap_or_default().to_owned();
                KeyError::Refused { reason, variable }
            }
        }
    }
}

#[cfg(not(feature = "keyring"))]
mod absent {
    use crate::engines::key_error::{KeyError, variable};
    use pounce_models::catalog::ModelId;
    use pounce_models::http::Secret;

    pub(crate) fn get(_: &ModelId) -> Option<Secret> {
        None
    }

    pub(crate) fn set(id: &ModelId, _: &Secret) -> Result<(), KeyError> {
        Err(KeyError::NoKeyring { variable: variable(id) })
    }

    pub(crate) fn remove(_: &ModelId) -> Result<(), KeyError> {
        Ok(())
    }
}
