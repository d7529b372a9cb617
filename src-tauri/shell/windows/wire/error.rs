//! [`CommandError`]: why a command of a window was refused.

use pounce_service::settings::FieldError;
use serde::Serialize;

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct CommandError {
    /// What the window may branch on.
    pub(crate) code: ErrorCode,
    /// One line for people, naming the thing and the remedy.
    pub(crate) message: String,
    /// With [`ErrorCode::InvalidSettings`], the fields that are wrong; otherwise empty.
    pub(crate) fields: Vec<FieldError>,
}

/// The kinds of refusal that the windows tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) enum ErrorCode {
    /// One or more settings are wrong: shown beside their fields, and nothing was changed.
    InvalidSettings,
    /// A converted model is run like a program: the window asks whether the user trusts it.
    Untrusted,
    /// Anything else: the message is shown as it is.
    Failed,
}
