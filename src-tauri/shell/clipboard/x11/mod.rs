//! The clipboard of an X server, which is a selection (ICCCM section 2), and the keys that paste it.

pub(super) mod connection;
mod keyboard;
mod selection_owner;
pub(super) mod selection_reader;
pub(super) mod selection_targets;
pub(super) mod selection_text;
pub(super) mod target_window;
