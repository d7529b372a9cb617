//! [`Settings`] and its groups: the type of every setting. `defaults.jsonc` has their meaning.
//!
//! The settings window gets these types as they are; its TypeScript is generated from them
//! (feature `ts`), but for what it does not show.

use std::path::PathBuf;
use std::time::Duration;

use pounce_engine::Mode;
use serde::{Deserialize, Serialize};

pub use pounce_engine::Device;

use super::hotkeys::Hotkeys;
use super::idle::IdleUnload;
use super::paste_keys::PasteRule;
use super::remote::Remote;
use super::server::Server;
use crate::request::TimeLimits;
use crate::routing::Preference;
use pounce_models::catalog::ModelId;

/// Everything the user can change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Settings {
    /// The layout of the file that the settings were read from, after its migration.
    #[cfg_attr(feature = "ts", ts(skip))]
    version: u32,
    /// How long a completion may take.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub deadlines: Deadlines,
    /// What a larger model may do about the first answer.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub improvement: Improvement,
    /// Which models answer, and how they generate.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub models: Models,
    /// How much memory models may use, and for how long.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub memory: Memory,
    /// What is remembered of earlier completions.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub cache: Cache,
    /// How many requests are computed or wait at one time.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub queue: QueueLimits,
    /// The code that snippets are looked for in.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub projects: Projects,
    /// The key combinations.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub hotkeys: Hotkeys,
    /// How the clipboard is read and written.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub clipboard: Clipboard,
    /// The rest of the desktop app.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub desktop: Desktop,
    /// What other programs of this machine may ask.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub server: Server,
    /// What is logged.
    #[cfg_attr(feature = "ts", ts(inline))]
    pub log: Log,
    /// Engines on other machines. They have a page and commands of their own.
    #[cfg_attr(feature = "ts", ts(skip))]
    pub remote: Remote,
}

/// How long a completion may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Deadlines {
    pub target_ms: u64,
    pub maximum_ms: u64,
}

/// What a larger model may do about the first answer, until that is pasted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Improvement {
    pub enabled: bool,
    pub maximum_ms: u64,
    pub unseen_ms: u64,
}

/// Which models answer, and how they generate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Models {
    #[cfg_attr(feature = "ts", ts(skip))]
    pub default: Option<ModelId>,
    #[cfg_attr(feature = "ts", ts(skip))]
    pub pinned: Option<ModelId>,
    #[cfg_attr(feature = "ts", ts(skip))]
    pub preference: Preference,
    pub threads: usize,
    pub device: Device,
    pub max_line_tokens: usize,
    pub max_block_tokens: usize,
    pub temperature: f32,
    pub offer_larger: bool,
}

/// How much memory models may use, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Memory {
    pub budget_mb: Option<u64>,
    #[serde(rename = "idle_unload_minutes")]
    #[cfg_attr(feature = "ts", ts(type = "number | \"never\""))]
    pub idle_unload: IdleUnload,
}

/// What is remembered of earlier completions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Cache {
    pub max_kb: usize,
    pub max_age_minutes: u64,
    pub keep_on_disk: bool,
}

/// How many requests are computed or wait at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct QueueLimits {
    pub concurrency: usize,
    pub capacity: usize,
}

/// The code that snippets are looked for in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Projects {
    pub folders: Vec<PathBuf>,
    pub send_to_remote: bool,
}

/// How the clipboard is read and written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Clipboard {
    pub source: SnippetSource,
    pub behaviour: ClipboardBehaviour,
    pub paste_keys: Vec<PasteRule>,
    pub cursor_marker: Option<String>,
    pub encode_on_copy: bool,
}

/// What is completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum SnippetSource {
    /// What was copied.
    Clipboard,
    /// What is merely selected: the primary selection of X11 and Wayland.
    Selection,
    /// Whichever of the two is newer; the clipboard where the desktop does not tell.
    Newer,
}

/// What the clipboard holds after a completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum ClipboardBehaviour {
    /// The snippet with its completion.
    Append,
    /// The completion alone.
    Replace,
    /// What it held before; the completion is pasted into the focused window.
    Paste,
}

/// The rest of the desktop app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Desktop {
    pub mode: Mode,
    pub language: LanguageChoice,
    pub notices: Notices,
    pub start_at_login: bool,
    #[cfg_attr(feature = "ts", ts(skip))]
    pub paused: bool,
}

/// The desktop notifications that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Notices {
    /// One after every request.
    All,
    /// Those that say why something was not done.
    Failures,
    /// None.
    None,
}

/// The language of windows, tray menu and notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum LanguageChoice {
    /// The language of the desktop; English where it is none of the others.
    Auto,
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Log {
    pub level: LogLevel,
}

/// How much is logged: the levels of `tracing`, each with all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum LogLevel {
    /// What failed.
    Error,
    /// What went wrong without failing.
    Warn,
    /// What happened.
    Info,
    /// How it happened.
    Debug,
    /// Every step.
    Trace,
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

    /// Removes a remote engine, also where it is the pinned or the default model.
    pub fn remove_engine(&mut self, id: &ModelId) {
        self.remote.engines.retain(|engine| engine.id != *id);
        for chosen in [&mut self.models.pinned, &mut self.models.default] {
            chosen.take_if(|chosen| chosen == id);
        }
    }
}

impl Models {
    /// Leaves a choice of this model to the router and the catalogue again; false if there was none.
    pub fn forget(&mut self, id: &ModelId) -> bool {
        let choices = [&mut self.default, &mut self.pinned];
        let chosen = choices.into_iter().filter(|choice| choice.as_ref() == Some(id));
        chosen.map(Option::take).count() > 0
    }
}

impl Cache {
    /// How long a completion is remembered.
    pub fn max_age(&self) -> Duration {
        Duration::from_secs(self.max_age_minutes * 60)
    }

    /// Whether anything of a completion may be remembered.
    pub fn remembers(&self) -> bool {
        self.max_kb > 0
    }
}
