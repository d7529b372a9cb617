//! [`Settings`]: everything the user can change, as one value.
//!
//! A setting is declared in two places: its type in [`Settings`], its default and its comment in
//! `defaults.jsonc`; a number has its bounds in [`LIMITS`] besides. The user's file
//! ([`SettingsFile`]) holds only what differs from the defaults. A field is named by its path in
//! that file (`deadlines.target_ms`) everywhere: in errors, in updates and in the settings window.
//! This module keeps no state and applies nothing.

mod defaults;
mod field_error;
mod fields;
mod file;
mod hotkeys;
mod idle;
mod limits;
mod migration;
mod paste_keys;
mod remote;
mod server;
mod update;
mod validate;

pub use field_error::FieldError;
pub use fields::{
    ClipboardBehaviour, Device, Improvement, LanguageChoice, LogLevel, Notices, Settings,
    SnippetSource,
};
pub use file::{Loaded, Saved, SettingsError, SettingsFile};
pub use hotkeys::Hotkeys;
pub use idle::IdleUnload;
pub use limits::{LIMITS, SettingLimits};
pub use paste_keys::{PasteKeys, PasteRule};
pub use remote::{Remote, RemoteEngine, RemoteKind};
pub use server::Server;
pub use update::Update;
pub(crate) use update::changes;
