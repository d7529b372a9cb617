//! The settings as the settings window shows and changes them.

use pounce_engine::Mode;
use serde::{Deserialize, Deserializer, Serialize};
#[cfg(test)]
use ts_rs::TS;

/// The answer to `query_settings` and `set_settings`, and the payload of the event `settings_changed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct SettingsState {
    /// What is in force. Nothing needs a restart; another `threads` or `device` loads the models again.
    pub(crate) settings: Settings,
    /// What they are where nobody changed them.
    pub(crate) defaults: Settings,
    /// The bounds of every number.
    pub(crate) limits: Vec<SettingLimits>,
}

/// What a number may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct SettingLimits {
    /// A field's name in [`Settings`].
    pub(crate) field: String,
    /// The least, included.
    pub(crate) min: u32,
    /// The greatest, included.
    pub(crate) max: u32,
}

/// Every setting of the app. A pinned model is not one of them: see `do_pin_model`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct Settings {
    /// The hotkey that completes a line, such as `Ctrl+Alt+Space`; never empty.
    pub(crate) hotkey: String,
    /// The hotkey that completes a block; empty turns it off.
    pub(crate) hotkey_block: String,
    /// What the tray menu and `pounce trigger` complete.
    pub(crate) mode: Mode,
    /// What happens with a completion.
    pub(crate) clipboard: ClipboardBehaviour,
    /// Whether code is read as soon as it is copied, so that the hotkey answers sooner.
    pub(crate) encode_on_copy: bool,
    /// Whether a desktop notification says what happened.
    pub(crate) notices: bool,
    /// Whether completions are kept on disk between starts.
    pub(crate) keep_cache: bool,
    /// Whether the app starts with the desktop.
    pub(crate) start_at_login: bool,
    /// The time in which a completion should be there.
    pub(crate) target_ms: u32,
    /// The time after which the best answer so far is given.
    pub(crate) maximum_ms: u32,
    /// What resident models may take together; `None` lets the app choose.
    pub(crate) memory_budget_mb: Option<u32>,
    /// Minutes after which a model that nobody used is unloaded; 0 is at once, `None` is never.
    pub(crate) idle_unload_minutes: Option<u32>,
    /// The threads that a model computes with; 0 lets the app choose.
    pub(crate) threads: u32,
    /// What models compute on.
    pub(crate) device: Device,
    /// How much is written to the log.
    pub(crate) log_level: LogLevel,
}

/// The argument of `set_settings`: the fields that change; the others stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(test, derive(TS), ts(export, optional_fields))]
pub(crate) struct SettingsUpdate {
    /// See [`Settings::hotkey`].
    pub(crate) hotkey: Option<String>,
    /// See [`Settings::hotkey_block`].
    pub(crate) hotkey_block: Option<String>,
    /// See [`Settings::mode`].
    pub(crate) mode: Option<Mode>,
    /// See [`Settings::clipboard`].
    pub(crate) clipboard: Option<ClipboardBehaviour>,
    /// See [`Settings::encode_on_copy`].
    pub(crate) encode_on_copy: Option<bool>,
    /// See [`Settings::notices`].
    pub(crate) notices: Option<bool>,
    /// See [`Settings::keep_cache`].
    pub(crate) keep_cache: Option<bool>,
    /// See [`Settings::start_at_login`].
    pub(crate) start_at_login: Option<bool>,
    /// See [`Settings::target_ms`].
    pub(crate) target_ms: Option<u32>,
    /// See [`Settings::maximum_ms`].
    pub(crate) maximum_ms: Option<u32>,
    /// See [`Settings::memory_budget_mb`]; the outer `None` leaves it.
    #[serde(deserialize_with = "present")]
    #[cfg_attr(test, ts(type = "number | null", optional))]
    pub(crate) memory_budget_mb: Option<Option<u32>>,
    /// See [`Settings::idle_unload_minutes`]; the outer `None` leaves it.
    #[serde(deserialize_with = "present")]
    #[cfg_attr(test, ts(type = "number | null", optional))]
    pub(crate) idle_unload_minutes: Option<Option<u32>>,
    /// See [`Settings::threads`].
    pub(crate) threads: Option<u32>,
    /// See [`Settings::device`].
    pub(crate) device: Option<Device>,
    /// See [`Settings::log_level`].
    pub(crate) log_level: Option<LogLevel>,
}

/// What happens with a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum ClipboardBehaviour {
    /// The clipboard holds the snippet with its completion.
    Append,
    /// The clipboard holds the completion alone.
    Replace,
    /// The completion is pasted into the focused window; the clipboard then holds the snippet again.
    Paste,
}

/// What models compute on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum Device {
    /// The processor.
    Cpu,
    /// An NVIDIA GPU; the processor where that cannot be.
    Cuda,
}

/// How much is written to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum LogLevel {
    /// What failed.
    Error,
    /// And what went wrong without failing.
    Warn,
    /// And what happened.
    Info,
    /// And how.
    Debug,
}

/// Tells `null` from a field that is not there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
