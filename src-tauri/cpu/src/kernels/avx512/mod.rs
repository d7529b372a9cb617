//! The kernels in AVX-512 with VNNI: 32 registers of 512 bits.

pub(super) mod blocks;
pub(super) mod floats;
pub(super) mod halves;
pub(super) mod heads;
pub(super) mod integers;
pub(super) mod nibbles;
pub(super) mod rounding;
pub(super) mod softmax;

/// Floats, or sums, in a register.
const LANES: usize = 16;
