//! Ollama's protocol, as far as editors use it: Continue, Zed and others.

mod generate;
mod models;
mod timestamp;
mod wire;

pub(crate) use generate::generate;
pub(crate) use models::{show, tags, version};
#[cfg(feature = "fuzzing")]
pub(crate) use wire::check;
pub(crate) use wire::error;
