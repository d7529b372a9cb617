//! Half-precision floats at the front of blocks.

use half::f16;

/// Reads a float of 16 bits at a byte of a block.
pub(super) fn half_at(block: &[u8], offset: usize) -> f32 {
    half([block[offset], block[offset + 1]])
}

/// Decodes a float of 16 bits.
pub(super) fn half(raw: [u8; 2]) -> f32 {
    f16::from_le_bytes(raw).to_f32()
}
