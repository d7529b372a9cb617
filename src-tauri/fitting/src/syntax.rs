//! The only front door of tree-sitter: whether code parses, and how it is nested.
//!
//! Parsers tolerate errors, and unfinished code is one; brackets that are still open are closed
//! before a text is parsed. The recovery from errors takes quadratic time on hostile text, so every
//! parse gives up after a few milliseconds.

mod closing;
mod errors;
mod grammar;
mod outline;
mod parse;
mod role;
mod window;

pub use closing::closing_brackets;
pub use errors::{n_errors, parses};
pub use outline::{Outline, outline};
pub use window::Window;
