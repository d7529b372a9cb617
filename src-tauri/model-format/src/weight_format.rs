//! [`WeightFormat`]: how a checkpoint stores weights, as floats or in the blocks of llama.cpp.
//!
//! Such a block has groups of integers, each group with a scale and an offset: a weight is
//! `scale * integer + offset`.

pub(crate) mod bits;
mod floats;
pub(crate) mod groups;
#[cfg(test)]
mod tests;

use half::bf16;

use bits::Bits;
use floats::{half, half_at};
use groups::Groups;

/// The formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(non_camel_case_types, reason = "the names of llama.cpp")]
pub(crate) enum WeightFormat {
    F32,
    F16,
    Bf16,
    /// 4 bits around zero, in groups of 32.
    Q4_0,
    /// 4 bits above a minimum, in groups of 32.
    Q4_1,
    /// 5 bits around zero, in groups of 32.
    Q5_0,
    /// 5 bits above a minimum, in groups of 32.
    Q5_1,
    /// 8 bits around zero, in groups of 32.
    Q8_0,
    /// 4 bits above a minimum, in 8 groups of 32, whose scales and minima have 6 bits.
    Q4_K,
    /// 5 bits above a minimum, in 8 groups of 32, whose scales and minima have 6 bits.
    Q5_K,
    /// 6 bits around zero, in 16 groups of 16, whose scales have 8 bits.
    Q6_K,
}

/// Integers around zero, which the kernels can multiply with as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SymmetricGroups {
    /// The width of the kernels that holds every integer.
    pub(crate) bits: Bits,
    /// The number of weights that share a scale.
    pub(crate) group_len: usize,
}

impl WeightFormat {
    /// The number of weights in a block.
    pub(crate) fn block_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 => 32,
            Self::Q4_K | Self::Q5_K | Self::Q6_K => 256,
        }
    }

    /// The number of bytes in a block.
    pub(crate) fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q5_1 => 24,
            Self::Q8_0 => 34,
            Self::Q4_K => 144,
            Self::Q5_K => 176,
            Self::Q6_K => 210,
        }
    }

    /// The groups of a format whose integers lie around zero; `None` for other formats.
    pub(crate) fn symmetric_groups(self) -> Option<SymmetricGroups> {
        let (bits, group_len) = match self {
            Self::Q4_0 => (Bits::Four, 32),
            Self::Q5_0 | Self::Q8_0 => (Bits::Eight, 32),
            Self::Q6_K => (Bits::Eight, 16),
            _ => return None,
        };
        Some(SymmetricGroups { bits, group_len })
    }

    /// The number of weights that share a scale, in a format whose integers lie above a minimum; `None`
    /// for other formats.
    pub(crate) fn offset_group_len(self) -> Option<usize> {
        matches!(self, Self::Q4_1 | Self::Q5_1 | Self::Q4_K | Self::Q5_K).then_some(32)
    }

    /// Decodes whole blocks.
    pub(crate) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => bytes.as_chunks().0.iter().map(|&raw| f32::from_le_bytes(raw)).collect(),
            Self::F16 => bytes.as_chunks().0.iter().map(|&raw| half(raw)).collect(),
            Self::Bf16 => {
                bytes.as_chunks().0.iter().map(|&raw| bf16::from_le_bytes(raw).to_f32()).collect()
            }
            _ => self.groups(bytes).weights(),
        }
    }

    /// Returns the integers of whole blocks; no groups at all for floats.
    pub(crate) fn groups(self, bytes: &[u8]) -> Groups {
        let mut groups = Groups::default();
        for block in bytes.chunks_exact(self.block_bytes()) {
            match self {
                Self::F32 | Self::F16 | Self::Bf16 => {}
                Self::Q4_0 => groups.push_int4(&block[2..], half_at(block, 0), -8, 0.0),
                Self::Q4_1 => {
                    groups.push_int4(&block[4..], half_at(block, 0), 0, half_at(block, 2));
                }
                Self::Q5_0 => {
                    groups.push_int5(&block[6..], &block[2..6], half_at(block, 0), -16, 0.0);
                }
                Self::Q5_1 => {
                    let (scale, minimum) = (half_at(block, 0), half_at(block, 2));
                    groups.push_int5(&block[8..], &block[4..8], scale, 0, minimum);
                }
                Self::Q8_0 => {
                    groups.steps.extend(block[2..].iter().map(|byte| byte.cast_signed()));
                    groups.close(half_at(block, 0), 0.0);
                }
                Self::Q4_K => groups.push_k_block(block, &[], &block[16..]),
                Self::Q5_K => groups.push_k_block(block, &block[16..48], &block[48..]),
                Self::Q6_K => groups.push_int6(block),
            }
        }
        groups
    }
}
