//! [`invalid`] and [`failed`]: how a command refuses.

use pounce_service::settings::{FieldError, SettingsError};
use pounce_service::{InstallError, RemoteChangeError};

use crate::windows::wire::{CommandError, ErrorCode};

/// What a command answers.
pub(super) type Answer<T> = Result<T, CommandError>;

/// Refuses settings, whose wrong `fields` are shown in the window.
pub(super) fn invalid(fields: Vec<FieldError>) -> CommandError {
    let message = fields.first().map(|field| field.message.clone()).unwrap_or_default();
    CommandError { code: ErrorCode::InvalidSettings, message, fields }
}

/// Any other refusal: the whole chain of causes on one line.
pub(super) fn failed(error: impl Into<anyhow::Error>) -> CommandError {
    let message = format!("{:#}", error.into());
    CommandError { code: ErrorCode::Failed, message, fields: Vec::new() }
}

impl From<SettingsError> for CommandError {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Fields { fields } => invalid(fields),
            error => failed(error),
        }
    }
}

impl From<InstallError> for CommandError {
    fn from(error: InstallError) -> Self {
        match error {
            InstallError::Untrusted { dir } => Self {
                code: ErrorCode::Untrusted,
                message: format!(
                    "{} has graphs of its own, which are run like a program: add it only if you trust where it \
                     comes from",
                    dir.display()
                ),
                fields: Vec::new(),
            },
            error => failed(error),
        }
    }
}

impl From<RemoteChangeError> for CommandError {
    fn from(error: RemoteChangeError) -> Self {
        match error {
            RemoteChangeError::Settings(error) => error.into(),
            error => failed(error),
        }
    }
}
