//! The encoder of T5 models, in kernels of our own.
//!
//! Reading the prompt is most of what a short completion costs. ONNX Runtime's 8-bit products reach two fifths of
//! what AVX-512 VNNI can do, and its attention works in steps that each go through memory; these kernels reach
//! nine tenths, and keep a block of the prompt in a core's cache through a whole layer.
//!
//! The weights are those of the converted model: `encoder.onnx` says where they are, and its graph is what is
//! computed. A graph of another kind, or a processor without the instructions, is no error: [`Encoder::open`] gives
//! nothing, and the caller has ONNX Runtime run the graph.
//!
//! In reading order: `graph_file` finds the weights, `weights` packs them, `plan` cuts the prompt into `blocks`,
//! a `team` of threads takes them from layer to layer as `layers` says, `attention`, `linear` and `rows` do its parts, `kernels` has the
//! instructions.
#![cfg(target_arch = "x86_64")]

mod attention;
mod blocks;
mod encoder;
mod error;
mod graph_file;
mod kernels;
mod layers;
mod linear;
mod plan;
mod rows;
mod team;
mod weights;

pub use encoder::Encoder;
pub use error::EncoderError;
