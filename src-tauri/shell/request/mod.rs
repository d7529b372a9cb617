//! A request for a completion, from the user's verb to the clipboard written.
//!
//! A [`trigger`] reaches the `actor`, which asks the `coordinator` what to do (start, cancel or nothing) and has the
//! `runner` work on the request with `snippet` and the rules of the clipboard; `cursor_markers` and `line_end` find the
//! cursor. `notice` words the outcome (`nothing_text` and `refusal_text` say why there is none), `read_ahead` prepares
//! copies, and `desktop_ui` is what the user sees of it. By pressing again the user goes through the candidates of a
//! `series`, and by `held_keys` before one is pasted; `completions` lists them, and keeps the last ten that were written.
//! Until a completion is pasted, a larger model may be `improving` it. Nothing here knows a window or a wire type.

pub(crate) mod actor;
mod awaited;
pub(crate) mod completions;
pub(crate) mod coordinator;
pub(crate) mod cursor_markers;
pub(crate) mod desktop_ui;
mod held_keys;
pub(crate) mod improving;
mod line_end;
pub(crate) mod nothing_text;
pub(crate) mod notice;
mod read_ahead;
mod refusal_text;
pub(crate) mod report;
pub(crate) mod runner;
mod series;
mod snippet;
#[cfg(test)]
pub(crate) mod test_doubles;
pub(crate) mod trigger;
