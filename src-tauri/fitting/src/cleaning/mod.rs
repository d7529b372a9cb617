//! Cleans a snippet for the model, and undoes the cleaning on the way out.
//!
//! What is copied is seldom bare code: it has Windows' line ends, no-break spaces of a web page,
//! prompts of a terminal, the marks of a diff. [`clean`] takes them off and keeps in [`Undo`] how a
//! completion is dressed to stand among them. Every kind has a file with one function: it looks
//! at the whole snippet, and returns the edits that take the kind off, or `None` where the snippet
//! does not have it throughout. These are pure functions of the text; nothing here completes.

mod characters;
mod code;
mod commands;
mod decoration;
mod draft;
mod edits;
mod layer;
mod snippet;
mod undo;

pub use snippet::{Snippet, clean};
pub use undo::Undo;
