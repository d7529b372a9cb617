//! Hostile input: what any file, server or program may give to Pounce must be understood or refused,
//! within bounds, and must never panic.
//!
//! [`TARGETS`] are functions of arbitrary bytes, one for each reader of untrusted input. libFuzzer
//! calls them (`src/main.rs`, see README.md), and so does a test with the seeds. [`KINDS`] are the
//! clipboards that a person would think of; a test sends a thousand of them through the service.

mod answer;
mod checkpoint;
mod clipboard;
mod hostile;
mod model_folder;
mod scratch;

pub use hostile::{KINDS, Kind};

/// A reader of untrusted input.
#[derive(Debug)]
pub struct Target {
    /// Its name, and that of the folder of its seeds.
    pub name: &'static str,
    /// Reads arbitrary bytes; panics if what the reader promises does not hold.
    pub read: fn(&[u8]),
}

/// All readers of untrusted input.
pub const TARGETS: &[Target] = &[
    Target { name: "gguf", read: checkpoint::gguf },
    Target { name: "pickle", read: checkpoint::pickle },
    Target { name: "safetensors", read: checkpoint::safetensors },
    Target { name: "tokenizer", read: checkpoint::tokenizer },
    Target { name: "manifest", read: model_folder::manifest },
    Target { name: "onnx", read: model_folder::onnx },
    Target { name: "sse", read: answer::sse },
    Target { name: "http", read: pounce_server::read_bodies },
    Target { name: "clipboard", read: clipboard::clipboard },
];
