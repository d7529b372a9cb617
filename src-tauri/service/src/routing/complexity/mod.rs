//! How hard a snippet is: counts by a grammar of its language, else by lexical rules.

mod analyzer;
mod lexical;
mod score;

pub use analyzer::analyze;
pub use score::Complexity;
