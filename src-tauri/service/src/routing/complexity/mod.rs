//! How hard a snippet is: counts by a grammar of its language, else by lexical rules.

mod analyzer;
mod lexical;
mod score;
mod syntax;

pub use analyzer::{analyze, parses};
pub use score::Complexity;
