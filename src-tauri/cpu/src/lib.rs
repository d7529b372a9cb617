//! Transformer models in our own CPU kernels: those of the T5, Llama and Qwen2 families.
//!
//! Reading a prompt is limited by products of 8-bit integers. ONNX Runtime reaches a third of the
//! peak of AVX-512 VNNI, these kernels nine tenths with one scale for a row of weights, and half
//! with one for every 32. Decoding is limited by memory, because every token reads every
//! weight once, and by the barriers between threads; ONNX Runtime spends half of a small model's
//! token on neither.
//!
//! The weights are those of the converted model: `encoder.onnx` and `decoder.onnx` say where they
//! are, and their graphs define what is computed. A graph of another architecture, or a processor
//! without the instructions, is not an error: [`Encoder::open`] and [`Decoder::open`] return
//! `None`, and the caller lets ONNX Runtime run the graphs.
//!
//! In reading order:
//! - `weights` finds the tensors in a model's files and packs matrices in the order in which the
//!   kernels read them.
//! - `kernels` holds everything that is written for one instruction set: matrix products,
//!   attention, norms, softmax.
//! - `threads` has the two pools, one that splits a prompt into blocks and one that splits every
//!   matrix of a step.
//! - `attention` is attention of a whole prompt, and of new tokens to the KV cache.
//! - `output_head` finds the best token without computing all logits.
//! - `decoder` is a decoder with its threads, around the layers of one architecture.
//! - `t5` and `llama` are these layers; `t5::encoder` is an encoder.
#![cfg(target_arch = "x86_64")]

mod attention;
mod decoder;
mod error;
/// The blocks of llama.cpp by their formulas, shared with the tests of `pounce-convert`.
#[cfg(test)]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "each target uses a part of it")]
#[allow(clippy::unwrap_used, reason = "a test ends where something fails")]
#[path = "../../convert/tests/support/ggml.rs"]
mod ggml;
mod kernels;
mod llama;
mod output_head;
mod t5;
mod threads;
mod weights;

pub use decoder::Decoder;
pub use error::CpuError;
pub use kernels::InstructionSet;

pub use t5::encoder::Encoder;
