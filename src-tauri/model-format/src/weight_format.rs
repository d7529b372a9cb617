//! [`WeightFormat`]: how weights are stored, as floats or in the blocks of llama.cpp.
//!
//! Such a block has groups of integers, each group with a scale and an offset: a weight is
//! `scale * integer + offset`.

mod floats;
mod groups;
#[cfg(test)]
mod tests;

use half::bf16;

use floats::{half, half_at};
pub use groups::{Factors, Groups};

/// A format of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(non_camel_case_types, reason = "the names of llama.cpp")]
pub enum WeightFormat {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// 16-bit floats with the range of 32 bits.
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

impl WeightFormat {
    /// All formats.
    pub const ALL: [Self; 11] = [
        Self::F32,
        Self::F16,
        Self::Bf16,
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q4_K,
        Self::Q5_K,
        Self::Q6_K,
    ];

    /// The format's number in `ggml.h`, by which GGUF files and graphs name it.
    pub fn code(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q4_0 => 2,
            Self::Q4_1 => 3,
            Self::Q5_0 => 6,
            Self::Q5_1 => 7,
            Self::Q8_0 => 8,
            Self::Q4_K => 12,
            Self::Q5_K => 13,
            Self::Q6_K => 14,
            Self::Bf16 => 30,
        }
    }

    /// Returns the format with this [`code`](Self::code); `None` if it cannot be read.
    pub fn of_code(code: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.code() == code)
    }

    /// The bits of an integer; `None` for floats.
    pub fn integer_bits(self) -> Option<usize> {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => None,
            Self::Q4_0 | Self::Q4_1 | Self::Q4_K => Some(4),
            Self::Q5_0 | Self::Q5_1 | Self::Q5_K => Some(5),
            Self::Q6_K => Some(6),
            Self::Q8_0 => Some(8),
        }
    }

    /// Whether integers lie above a minimum instead of around zero.
    pub fn has_minima(self) -> bool {
        matches!(self, Self::Q4_1 | Self::Q5_1 | Self::Q4_K | Self::Q5_K)
    }

    /// The number of weights that share a scale.
    pub fn group_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => 1,
            Self::Q6_K => 16,
            _ => 32,
        }
    }

    /// The number of weights in a block.
    pub fn block_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 => 32,
            Self::Q4_K | Self::Q5_K | Self::Q6_K => 256,
        }
    }

    /// The number of bytes in a block.
    pub fn block_bytes(self) -> usize {
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

    /// The number of bytes of this many weights, which are whole blocks. Saturates for the shapes of
    /// damaged files.
    pub fn stored_bytes(self, weights: usize) -> usize {
        (weights / self.block_len()).saturating_mul(self.block_bytes())
    }

    /// Whether the scales and minima of whole blocks of integers are finite.
    pub fn has_finite_scales(self, bytes: &[u8]) -> bool {
        let offsets: &[usize] = match self {
            Self::F32 | Self::F16 | Self::Bf16 => &[],
            Self::Q4_0 | Self::Q5_0 | Self::Q8_0 => &[0],
            Self::Q4_1 | Self::Q5_1 | Self::Q4_K | Self::Q5_K => &[0, 2],
            Self::Q6_K => &[208],
        };
        let mut blocks = bytes.chunks_exact(self.block_bytes());
        blocks.all(|block| offsets.iter().all(|&offset| half_at(block, offset).is_finite()))
    }

    /// Decodes whole blocks.
    pub fn decode(self, bytes: &[u8]) -> Vec<f32> {
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
    pub fn groups(self, bytes: &[u8]) -> Groups {
        let mut groups = Groups::default();
        let blocks = bytes.chunks_exact(self.block_bytes());
        groups.reserve(blocks.len() * self.block_len());
        for block in blocks {
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
                Self::Q8_0 => groups.push_int8(&block[2..], half_at(block, 0)),
                Self::Q4_K => groups.push_k_block(block, &[], &block[16..]),
                Self::Q5_K => groups.push_k_block(block, &block[16..48], &block[48..]),
                Self::Q6_K => groups.push_int6(block),
            }
        }
        groups
    }
}
