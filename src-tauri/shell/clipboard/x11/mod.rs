//! The clipboard of an X server, which is a selection (ICCCM section 2), and the keys that paste it.

pub(super) mod connection;
mod keyboard;
pub(super) mod selection_content;
mod selection_owner;
mod selection_transfer;
pub(super) mod target_window;
