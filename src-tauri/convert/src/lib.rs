//! Checkpoints in, fused graphs out: what `pounce convert` does, without Python.
//!
//! A conversion has five steps:
//!
//! 1. `checkpoint` finds the weights by name, in safetensors or pickles, whole or in shards, or in a
//!    GGUF file. Nothing is executed, and nothing is trusted.
//! 2. `families` finds the family that the model is of. Its config says which tensors there are and
//!    of which shapes.
//! 3. `weights` quantizes each matrix and appends it to `weights.bin`, a piece at a time.
//! 4. The family builds the graphs with `onnx`, from ONNX Runtime's fused operators.
//! 5. `conversion` writes graphs, tokenizer (`tokenizer`) and manifest to a hidden folder, which gets
//!    its name when it is complete (`staging`).
//!
//! The crate runs no graph; the engine does, which knows nothing about checkpoints. What the two
//! share is in `pounce-model-format`, and in the names of inputs and outputs that the modules
//! `families::t5::encoder`, `families::t5::decoder` and `families::llama::decoder` list.

mod checkpoint;
mod conversion;
mod error;
mod families;
mod inspection;
mod onnx;
mod options;
mod progress;
mod source;
mod staging;
#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;
mod tokenizer;
mod weights;

pub use checkpoint::{INDEX_NAMES, gguf_parts, shards};
pub use conversion::convert;
pub use error::ConvertError;
pub use inspection::{Inspection, inspect};
pub use options::ConvertOptions;
pub use progress::{Progress, Step};
