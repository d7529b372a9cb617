//! Related code: what other files near a place say about the code there.
//!
//! [`neighbours()`] are the files that are read, and [`excerpts()`] are their lines that have the names of
//! the place.

mod excerpts;
mod neighbours;

pub(crate) use excerpts::excerpts;
pub(crate) use neighbours::neighbours;
