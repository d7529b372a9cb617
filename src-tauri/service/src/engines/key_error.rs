//! [`KeyError`]: why a key was not stored or found, and the variable that can hold it instead.

use pounce_models::catalog::ModelId;

/// Prefix of the variables that hold keys; the engine's id follows in upper case, with `_` for all
/// other characters than letters and digits. A variable takes precedence over the keyring.
pub const KEY_VARIABLE: &str = "POUNCE_REMOTE_KEY_";

/// Why a key was not stored or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no keyring to ask.
    #[error("no keyring answers on this machine: start one, or set {variable} instead")]
    NoKeyring {
        /// The variable that can hold the key instead.
        variable: String,
    },
    /// The user has not unlocked the keyring.
    #[error("the keyring is locked: unlock it, or set {variable} instead")]
    Locked {
        /// The variable that can hold the key instead.
        variable: String,
    },
    /// The keyring refused.
    #[error("the keyring refuses: {reason}; set {variable} instead")]
    Refused {
        /// The keyring's message.
        reason: String,
        /// The variable that can hold the key instead.
        variable: String,
    },
    /// The key has no characters.
    #[error("the key is empty: give the one that the server's owner handed out")]
    Empty,
}

/// The variable that holds an engine's key.
pub(crate) fn variable(id: &ModelId) -> String {
    let part = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    KEY_VARIABLE.chars().chain(id.as_str().chars().map(part)).collect()
}
