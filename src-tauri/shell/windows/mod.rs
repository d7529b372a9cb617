//! The windows, which are dashboard, settings, first steps, the last completions and help: `window` opens them, `commands`
//! answers their pages in types of `wire`. Drawn by GTK itself are `dialogs` and, over other programs, `candidate_popup`.

pub(crate) mod candidate_popup;
pub(crate) mod commands;
mod dialogs;
mod export;
mod remote_form;
pub(crate) mod settings_form;
pub(crate) mod window;
pub(crate) mod wire;
