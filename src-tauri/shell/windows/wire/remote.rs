//! Engines on other machines, as the settings window shows and changes them. API keys go in and never come out.

use pounce_service::settings::RemoteKind;
use serde::{Deserialize, Serialize};

/// The answer to `query_remote` and to the commands that change it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct RemoteState {
    /// Whether any engine may be asked at all.
    pub(crate) is_enabled: bool,
    /// Whether engines are asked before the models of this machine.
    pub(crate) is_preferred: bool,
    /// Whether code may go to other machines unencrypted.
    pub(crate) allows_plain_http: bool,
    /// Every engine.
    pub(crate) engines: Vec<RemoteEngine>,
}

/// One engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct RemoteEngine {
    /// The engine's name in the selector.
    pub(crate) id: String,
    /// The server's address.
    pub(crate) url: String,
    /// The server's name of the model; empty if the server has only one.
    pub(crate) model: String,
    /// The server's interface.
    pub(crate) kind: RemoteKind,
    /// The machine that the code goes to.
    pub(crate) host: String,
    /// Whether `host` is another machine than this one.
    pub(crate) leaves_machine: bool,
    /// Whether a key is kept for it.
    pub(crate) has_key: bool,
}

/// The argument of `do_save_engine`: an engine as the form has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct RemoteEngineForm {
    /// See [`RemoteEngine::id`].
    pub(crate) id: String,
    /// See [`RemoteEngine::url`].
    pub(crate) url: String,
    /// See [`RemoteEngine::model`].
    pub(crate) model: String,
    /// See [`RemoteEngine::kind`].
    pub(crate) kind: RemoteKind,
}

/// The argument of `set_remote`: the switches that change; the others stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, optional_fields))]
pub(crate) struct RemoteUpdate {
    /// See [`RemoteState::is_enabled`].
    pub(crate) is_enabled: Option<bool>,
    /// See [`RemoteState::is_preferred`].
    pub(crate) is_preferred: Option<bool>,
    /// See [`RemoteState::allows_plain_http`].
    pub(crate) allows_plain_http: Option<bool>,
}
