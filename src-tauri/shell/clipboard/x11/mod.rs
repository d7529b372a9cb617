//! The selections of an X server (ICCCM section 2), and the keys that paste them.

pub(super) mod connection;
pub(super) mod hand_over;
mod keyboard;
mod paste_keys;
pub(super) mod selection_formats;
pub(super) mod selection_offer;
mod selection_owner;
pub(super) mod selection_reader;
pub(super) mod selection_times;
pub(super) mod target_window;
pub(super) mod text_formats;
pub(super) mod window_title;
