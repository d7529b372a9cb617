//! Wire types: what crosses between the windows and the app, and nothing else does.
//!
//! The TypeScript side of each type is generated into `ui/src/bindings` (`cargo gen`), so a field renamed here is a
//! compile error there. These types hold no logic; `commands` and `events` make them from the service's own types.
//! Durations are milliseconds (`_ms`), memory is bytes (`_bytes`), moments are milliseconds since 1970.

mod installs;
mod metrics;
mod models;
mod remote;
mod settings;
mod status;

use serde::Serialize;
#[cfg(test)]
use ts_rs::TS;

pub(crate) use installs::*;
pub(crate) use metrics::*;
pub(crate) use models::*;
pub(crate) use remote::*;
pub(crate) use settings::*;
pub(crate) use status::*;

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct CommandError {
    /// What the window may branch on.
    pub(crate) code: ErrorCode,
    /// One line for people, naming the thing and the remedy.
    pub(crate) message: String,
    /// With [`ErrorCode::InvalidSettings`], what is wrong with which field; otherwise empty.
    pub(crate) fields: Vec<FieldError>,
}

/// The kinds of refusal that the windows tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum ErrorCode {
    /// One or more settings are wrong: shown beside their fields, and nothing was changed.
    InvalidSettings,
    /// Anything else: the message is shown as it is.
    Failed,
}

/// What is wrong with one setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct FieldError {
    /// A field's name in [`Settings`].
    pub(crate) field: String,
    /// One line, shown beside the field.
    pub(crate) message: String,
}
