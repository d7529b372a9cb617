//! Assessing a model: how it is asked best, how good it is, and how sure its completions are.

mod result;

pub use result::Assessment;
