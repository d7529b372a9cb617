//! The session that the app runs in, and what tests read from it: X server or Wayland compositor,
//! D-Bus services, clipboard and windows.

pub(crate) mod clipboard;
pub(crate) mod clipboard_manager;
mod compositor;
pub(crate) mod desktop;
pub(crate) mod larger_model;
mod notices;
pub(crate) mod panel;
pub(crate) mod portal;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod secrets;
pub(crate) mod selection_owner;
pub(crate) mod wayland_clipboard;
pub(crate) mod window;
