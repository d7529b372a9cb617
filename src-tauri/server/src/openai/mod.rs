//! OpenAI's protocol for completions, as far as editors use it: Zed, Continue and others.

mod completions;
mod models;
mod wire;

pub(crate) use completions::completions;
pub(crate) use models::models;
#[cfg(feature = "fuzzing")]
pub(crate) use wire::check;
pub(crate) use wire::error;
