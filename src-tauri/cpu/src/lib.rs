//! Models of the T5 family, in kernels of our own.
//!
//! Reading the prompt is bound by products of 8-bit integers: ONNX Runtime's reach a third of what AVX-512 VNNI can
//! do, these kernels nine tenths. Writing is bound by memory, from which every weight comes once a token, and by the
//! meetings of threads: half of ONNX Runtime's time for a token is neither.
//!
//! The weights are those of the converted model: `encoder.onnx` and `decoder.onnx` say where they are, and their
//! graphs are what is computed. A graph of another kind, or a processor without the instructions, is no error:
//! [`Encoder::open`] and [`Decoder::open`] give nothing, and the caller has ONNX Runtime run the graphs.
//!
//! In reading order: `graph_file` finds the weights. For the encoder `weights` packs them, `plan` cuts the prompt into
//! `blocks`, a `team` of threads takes them from layer to layer as `layers` says; `attention`, `linear` and `rows` do
//! a layer's parts. For the decoder `decoder_weights` packs them into `pages`, in the order in which they are read; a
//! `crew` of threads does a `step` together, each its `shard`, unless it is better off without `company`; a `sketch`
//! of the vocabulary's weights tells the `choice` what to look at. `kernels` has the instructions.
#![cfg(target_arch = "x86_64")]

mod attention;
mod blocks;
mod choice;
mod company;
mod crew;
mod decoder;
mod decoder_weights;
mod encoder;
mod error;
mod graph_file;
mod kernels;
mod layers;
mod linear;
mod locks;
mod pages;
mod plan;
mod rows;
mod shard;
mod sketch;
mod step;
mod team;
mod wait;
mod weights;

pub use decoder::Decoder;
pub use encoder::Encoder;
pub use error::T5Error;
pub use kernels::InstructionSet;
