//! [`UseError`]: why a model does not become the default.

use crate::settings::SettingsError;
use pounce_models::catalog::ModelId;

/// Why a model does not become the default.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UseError {
    /// The registry does not have it.
    #[error("{id} is not installed: `pounce models add {id}` installs it")]
    NotInstalled {
        /// The model that was to become the default.
        id: ModelId,
    },
    /// The settings cannot be saved.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}
