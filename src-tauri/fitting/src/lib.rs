//! Cleans a snippet for the model, and fits the completion to the place it goes to.
//!
//! In the order in which a request passes them:
//!
//! 1. `cleaning` takes off what is not code, such as line numbers, and keeps how to put it back:
//!    [`clean`] returns the [`Snippet`] with an [`Undo`];
//! 2. [`Place`] is the clean code on both sides of the cursor;
//! 3. `filters` keep, repair or reject a completion at that place, each for one kind of fault: [`fit`];
//! 4. `candidates` order several completions of one place: [`rank`].
//!
//! [`syntax`] counts errors and nesting with tree-sitter. `lines`, `names`, `definitions` and
//! `indentation` read lines of code without a grammar. Everything here is a pure function of text;
//! nothing runs a model, and nothing knows settings or a clipboard.

mod candidates;
mod cleaning;
mod definitions;
mod filters;
mod indentation;
mod lines;
mod names;
mod place;
pub mod syntax;

pub use candidates::{Candidate, N_OTHERS, Ranked, rank};
pub use cleaning::{Snippet, Undo, clean};
pub use filters::{Fitted, MAX_COMPLETION_BYTES, Rejection, RejectionReason, fit};
pub use place::Place;
