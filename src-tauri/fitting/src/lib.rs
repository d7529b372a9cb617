//! Cleans a snippet for the model, and fits the completion to the place it goes to.

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
pub use filters::{Fitted, MAX_COMPLETION_BYTES, Rejection, fit};
pub use place::Place;
