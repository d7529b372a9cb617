//! The kernels in AVX2 and FMA: 16 registers of 256 bits.
//!
//! Kernels that multiply bytes are generic over [`Dot`](dot::Dot), so that the same code serves
//! processors with and without AVX-VNNI. Floats are added up in the same order as in AVX-512,
//! sixteen side by side, so that the results of all instruction sets are identical to the last bit.

pub(super) mod attention_f32;
pub(super) mod block_activations;
pub(super) mod block_matmul;
pub(super) mod block_panels;
pub(super) mod dot;
mod f32x16;
pub(super) mod gate;
pub(super) mod int4;
pub(super) mod int8;
pub(super) mod norm;
pub(super) mod quantize;
pub(super) mod single_query;
pub(super) mod softmax;

/// 32-bit numbers in a register.
const LANES: usize = 8;
/// Registers that hold as much as one register of AVX-512.
const PAIR: usize = 2;
