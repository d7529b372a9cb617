//! The settings as the settings window shows and changes them.
//!
//! Fields and enums are the service's own types: a setting is declared there, once.

use serde::Serialize;

use pounce_service::settings::{SettingLimits, Settings};

/// The answer to `query_settings` and `set_settings`, and the payload of the event `settings_changed`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct SettingsState {
    /// The settings in force. Nothing needs a restart; another `threads` or `device` loads the models again.
    pub(crate) settings: Settings,
    /// The settings of a new user.
    pub(crate) defaults: Settings,
    /// The bounds of every number.
    pub(crate) limits: &'static [SettingLimits],
}
