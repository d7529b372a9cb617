//! The protocol of llama.cpp's server, as far as editors use it: llama.vim, llama.vscode.

mod infill;
mod status;
mod wire;

pub(crate) use infill::infill;
pub(crate) use status::{health, props, slots};
#[cfg(feature = "fuzzing")]
pub(crate) use wire::check;
pub(crate) use wire::error;
