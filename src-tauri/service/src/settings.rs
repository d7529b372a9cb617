//! [`Settings`]: everything the user can change, as one value.
//!
//! The defaults are a commented file ([`DEFAULTS`]); the user's file holds what differs from it
//! ([`SettingsFile`]). A value is validated before it is used, field by field, so that a form can
//! show each message beside its field. This module keeps no state and applies nothing.

mod effect;
mod file;
mod idle;
mod migration;
mod remote;
mod validate;

use std::time::Duration;

use pounce_engine::Mode;
use serde::{Deserialize, Serialize};

pub use effect::{Effect, effects};
pub use file::{Loaded, SettingsError, SettingsFile};
pub use idle::IdleUnload;
pub use remote::{Remote, RemoteEngine, RemoteKind};
pub use validate::FieldError;

use crate::catalog::ModelId;
use crate::deadline::TimeLimits;
use crate::router::Preference;

/// The commented default file.
pub const DEFAULTS: &str = include_str!("../defaults.jsonc");

/// Everything the user can change. [`DEFAULTS`] says what each field means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Layout of the file; see [`migration::CURRENT`].
    version: u32,
    /// How long a completion may take.
    pub deadlines: Deadlines,
    /// Which models, and how they generate.
    pub models: Models,
    /// How much memory, and for how long.
    pub memory: Memory,
    /// What is remembered.
    pub cache: Cache,
    /// How many at a time.
    pub queue: QueueLimits,
    /// What to press.
    pub hotkeys: Hotkeys,
    /// What becomes of the clipboard.
    pub clipboard: Clipboard,
    /// The rest of the desktop app.
    pub desktop: Desktop,
    /// What is logged.
    pub log: Log,
    /// Engines on other machines.
    pub remote: Remote,
}

/// How long a completion may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Deadlines {
    pub target_ms: u64,
    pub maximum_ms: u64,
}

/// Which models, and how they generate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Models {
    pub default: Option<ModelId>,
    pub pinned: Option<ModelId>,
    pub preference: Preference,
    pub threads: usize,
    pub device: Device,
    pub max_line_tokens: usize,
    pub max_block_tokens: usize,
    pub temperature: f32,
}

/// What models compute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// The processor.
    Cpu,
    /// An NVIDIA GPU; the processor where that cannot be.
    Cuda,
}

impl From<Device> for pounce_engine::Device {
    fn from(device: Device) -> Self {
        match device {
            Device::Cpu => Self::Cpu,
            Device::Cuda => Self::Cuda,
        }
    }
}

/// How much memory, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Memory {
    pub budget_mb: Option<u64>,
    #[serde(rename = "idle_unload_minutes")]
    pub idle_unload: IdleUnload,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Cache {
    pub max_kb: usize,
    pub max_age_minutes: u64,
    pub keep_on_disk: bool,
}

/// How many at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct QueueLimits {
    pub concurrency: usize,
    pub capacity: usize,
}

/// What to press.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Hotkeys {
    pub complete_line: String,
    pub complete_block: Option<String>,
}

/// What becomes of the clipboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Clipboard {
    pub behaviour: ClipboardBehaviour,
    pub encode_on_copy: bool,
}

/// What becomes of the clipboard after a completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClipboardBehaviour {
    /// Snippet and completion.
    Append,
    /// The completion alone.
    Replace,
    /// As before; the completion is pasted into the focused window.
    Paste,
}

/// The rest of the desktop app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Desktop {
    #[serde(with = "mode_name")]
    pub mode: Mode,
    pub notices: bool,
    pub start_at_login: bool,
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Log {
    pub level: LogLevel,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the levels of `tracing`")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Default for Settings {
    fn default() -> Self {
        file::defaults()
    }
}

impl Cache {
    /// How long anything is remembered.
    pub fn max_age(&self) -> Duration {
        Duration::from_secs(self.max_age_minutes * 60)
    }

    /// Whether anything of a completion may be remembered.
    pub fn remembers(&self) -> bool {
        self.max_kb > 0
    }
}

impl Settings {
    /// How long a completion may take.
    pub fn time_limits(&self) -> TimeLimits {
        TimeLimits {
            target: Duration::from_millis(self.deadlines.target_ms),
            maximum: Duration::from_millis(self.deadlines.maximum_ms),
        }
    }

    /// The most tokens of one completion of `mode`.
    pub fn max_new_tokens(&self, mode: Mode) -> usize {
        match mode {
            Mode::Line => self.models.max_line_tokens,
            Mode::Block | Mode::Free => self.models.max_block_tokens,
        }
    }

    /// Takes a remote engine out; it is chosen no more.
    pub fn remove_engine(&mut self, id: &ModelId) {
        self.remote.engines.retain(|engine| engine.id != *id);
        for chosen in [&mut self.models.pinned, &mut self.models.default] {
            chosen.take_if(|chosen| chosen == id);
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// One [`FieldError`] for each that is out of range.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        validate::validate(self)
    }
}

/// [`Mode`] by the names that the command line uses.
mod mode_name {
    use pounce_engine::Mode;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    const NAMES: [(Mode, &str); 3] =
        [(Mode::Line, "line"), (Mode::Block, "block"), (Mode::Free, "free")];

    pub(super) fn serialize<S: Serializer>(mode: &Mode, serializer: S) -> Result<S::Ok, S::Error> {
        let name = NAMES.iter().find(|(named, _)| named == mode).map_or("line", |(_, name)| name);
        serializer.serialize_str(name)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Mode, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = NAMES.iter().find(|(_, known)| *known == name);
        found
            .map(|(mode, _)| *mode)
            .ok_or_else(|| Error::unknown_variant(&name, &["line", "block", "free"]))
    }
}
