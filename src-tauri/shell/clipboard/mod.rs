//! The user's clipboard: what may be read from it, and when it may be written.
//!
//! `rules` decides on any [`backend::ClipboardBackend`], on content whose `formats` say that it is text; `undo`
//! remembers what was replaced, and `language_hint` reads the language that an editor names beside its text. `thread` owns the system's clipboard, `system_paster` pastes into windows, and
//! `watcher` reports copies; `x11` and `wayland` hold the two protocols. Nothing here knows a request or a window of
//! the app.

pub(crate) mod all_formats;
pub(crate) mod backend;
pub(crate) mod content;
pub(crate) mod error;
mod formats;
mod language_hint;
#[cfg(test)]
pub(crate) mod memory;
pub(crate) mod paste;
mod readers;
pub(crate) mod rules;
mod secret_mark;
pub(crate) mod source;
pub(crate) mod system_paster;
pub(crate) mod thread;
pub(crate) mod undo;
pub(crate) mod watcher;
mod wayland;
mod x11;
