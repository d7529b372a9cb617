//! The app under test: its home folder and process, its tray menu, and the pages of its windows.

mod home;
pub(crate) mod menu;
pub(crate) mod page;

pub(crate) use home::{App, BINARY, Home};
