//! The kernels in AVX-512 with VNNI: 32 registers of 512 bits.

pub(super) mod attention_bf16;
pub(super) mod attention_f32;
pub(super) mod block_activations;
pub(super) mod block_matmul;
pub(super) mod block_panels;
pub(super) mod gate;
pub(super) mod int4;
pub(super) mod int8;
mod load;
pub(super) mod norm;
pub(super) mod quantize;
pub(super) mod single_query;
pub(super) mod softmax;

/// 32-bit numbers in a register.
const LANES: usize = 16;
