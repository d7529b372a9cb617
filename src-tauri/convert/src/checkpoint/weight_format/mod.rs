//! How checkpoints store weights: as floats, or in the blocks of llama.cpp.
//!
//! A block of those formats is some groups of integers, each with a scale and an offset of its
//! own: a weight is `scale * step + offset`. The layouts are those of `ggml-quants.c` in
//! llama.cpp; all numbers are little-endian.

use half::{bf16, f16};

use crate::quantize::Bits;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(non_camel_case_types, reason = "the names of llama.cpp")]
pub(crate) enum WeightFormat {
    F32,
    F16,
    Bf16,
    /// 4 bits around zero; 32 weights share a scale.
    Q4_0,
    /// 4 bits above a minimum.
    Q4_1,
    /// 5 bits around zero; the fifth bits lie together.
    Q5_0,
    /// 5 bits above a minimum.
    Q5_1,
    /// 8 bits around zero.
    Q8_0,
    /// 4 bits above a minimum; scales and minima of 8 groups of 32 have 6 bits themselves.
    Q4_K,
    /// The same with 5 bits.
    Q5_K,
    /// 6 bits around zero; scales of 16 groups of 16 have 8 bits themselves.
    Q6_K,
}

/// Weights of some blocks as integers: weight `i` is
/// `scales[i / group] * steps[i] + offsets[i / group]`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Groups {
    pub(crate) steps: Vec<i8>,
    pub(crate) scales: Vec<f32>,
    pub(crate) offsets: Vec<f32>,
}

/// The integers that a format has around zero, which kernels can take as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SymmetricGroups {
    /// The bits that hold every step.
    pub(crate) bits: Bits,
    /// Weights that share a scale.
    pub(crate) group_len: usize,
}

/// On each side of zero.
const STEPS_OF_8_BITS: f32 = 127.0;

impl WeightFormat {
    /// Weights of one block.
    pub(crate) fn block_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 => 32,
            Self::Q4_K | Self::Q5_K | Self::Q6_K => 256,
        }
    }

    /// Bytes of one block.
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

    /// The format's integers, if they lie around zero.
    pub(crate) fn symmetric_groups(self) -> Option<SymmetricGroups> {
        let (bits, group_len) = match self {
            Self::Q4_0 => (Bits::Four, 32),
            Self::Q5_0 | Self::Q8_0 => (Bits::Eight, 32),
            Self::Q6_K => (Bits::Eight, 16),
            _ => return None,
        };
        Some(SymmetricGroups { bits, group_len })
    }

    /// Weights that share a scale, if the format's integers lie above a minimum.
    pub(crate) fn offset_group_len(self) -> Option<usize> {
        matches!(self, Self::Q4_1 | Self::Q5_1 | Self::Q4_K | Self::Q5_K).then_some(32)
    }

    /// The weights of whole blocks.
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

    /// The integers of whole blocks; of floats there are none.
    pub(crate) fn groups(self, bytes: &[u8]) -> Groups {
        let mut groups = Groups::default();
        for block in bytes.chunks_exact(self.block_bytes()) {
            match self {
                Self::F32 | Self::F16 | Self::Bf16 => {}
                Self::Q4_0 => groups.nibbles(&block[2..], half_at(block, 0), -8, 0.0),
                Self::Q4_1 => {
                    groups.nibbles(&block[4..], half_at(block, 0), 0, half_at(block, 2));
                }
                Self::Q5_0 => {
                    groups.fifths(&block[6..], &block[2..6], half_at(block, 0), -16, 0.0);
                }
                Self::Q5_1 => {
                    let (scale, minimum) = (half_at(block, 0), half_at(block, 2));
                    groups.fifths(&block[8..], &block[4..8], scale, 0, minimum);
                }
                Self::Q8_0 => {
                    groups.steps.extend(block[2..].iter().map(|byte| byte.cast_signed()));
                    groups.close(half_at(block, 0), 0.0);
                }
                Self::Q4_K => groups.super_block(block, &[], &block[16..]),
                Self::Q5_K => groups.super_block(block, &block[16..48], &block[48..]),
                Self::Q6_K => groups.sixths(block),
            }
        }
        groups
    }
}

impl Groups {
    /// The floats that the integers stand for.
    fn weights(&self) -> Vec<f32> {
        let group_len = self.steps.len() / self.scales.len().max(1);
        let groups = self.steps.chunks(group_len.max(1));
        groups
            .zip(self.scales.iter().zip(&self.offsets))
            .flat_map(|(steps, (scale, offset))| {
                steps.iter().map(move |&step| scale * f32::from(step) + offset)
            })
            .collect()
    }

    /// Nearly the same weights in integers of 8 bits around zero. Steps are made finer by the whole number with which
    /// the offset comes nearest to one of them: then all weights of the group are off by the same small rest, which is
    /// less than rounding them one by one takes.
    pub(crate) fn around_zero(&self) -> Self {
        let mut groups = Self::default();
        let group_len = self.steps.len() / self.scales.len().max(1);
        let scales = self.scales.iter().zip(&self.offsets);
        for (steps, (&scale, &offset)) in self.steps.chunks(group_len.max(1)).zip(scales) {
            let weight = |step: &i8| scale * f32::from(*step) + offset;
            let reach = steps.iter().map(weight).fold(0.0, |reach: f32, w| reach.max(w.abs()));
            let finer = finer_scale(scale, offset, reach);
            let factor = if finer > 0.0 { finer.recip() } else { 0.0 };
            let nearest = |step| (weight(step) * factor).round_ties_even() as i8;
            groups.steps.extend(steps.iter().map(nearest));
            groups.close(finer, 0.0);
        }
        groups
    }

    /// Ends a group whose steps are in.
    fn close(&mut self, scale: f32, offset: f32) {
        self.scales.push(scale);
        self.offsets.push(offset);
    }

    /// The first half of a group is in the low halves of the bytes, the second in the high ones.
    fn nibbles(&mut self, bytes: &[u8], scale: f32, zero: i8, offset: f32) {
        let (low, high) = (bytes.iter().map(|byte| byte & 0xf), bytes.iter().map(|byte| byte >> 4));
        self.steps.extend(low.chain(high).map(|nibble| nibble.cast_signed() + zero));
        self.close(scale, offset);
    }

    /// As [`Self::nibbles`], with a fifth bit for each weight in a 32-bit mask.
    fn fifths(&mut self, bytes: &[u8], mask: &[u8], scale: f32, zero: i8, offset: f32) {
        let start = self.steps.len();
        self.nibbles(bytes, scale, zero, offset);
        for (index, step) in self.steps[start..].iter_mut().enumerate() {
            let bit = mask[index / 8] >> (index % 8) & 1;
            *step += (bit << 4).cast_signed();
        }
    }

    /// 256 weights as 8 groups of 32 (`Q4_K`, `Q5_K`). Two neighbouring groups share 32 bytes:
    /// the first has the low halves. `high` has a bit for each group in each of its bytes.
    fn super_block(&mut self, block: &[u8], high: &[u8], nibbles: &[u8]) {
        let (scale, minimum) = (half_at(block, 0), half_at(block, 2));
        for group in 0..8 {
            let bytes = &nibbles[group / 2 * 32..][..32];
            for (index, byte) in bytes.iter().enumerate() {
                let nibble = if group % 2 == 0 { byte & 0xf } else { byte >> 4 };
                let fifth = high.get(index).map_or(0, |byte| byte >> group & 1);
                self.steps.push((nibble | fifth << 4).cast_signed());
            }
            let [group_scale, group_minimum] = six_bit_pair(&block[4..16], group).map(f32::from);
            self.close(scale * group_scale, -(minimum * group_minimum));
        }
    }

    /// 256 weights as 16 groups of 16 (`Q6_K`): each half of the block has its low four bits in
    /// 64 bytes, its high two in 32.
    fn sixths(&mut self, block: &[u8]) {
        let (low, rest) = block.split_at(128);
        let (high, rest) = rest.split_at(64);
        let (scales, scale) = (&rest[..16], half_at(rest, 16));
        for (group, group_scale) in scales.iter().enumerate() {
            let (part, quarter, offset) = (group / 8, group % 8 / 2, group % 2 * 16);
            let low = &low[part * 64 + quarter % 2 * 32 + offset..][..16];
            let high = &high[part * 32 + offset..][..16];
            for (low, high) in low.iter().zip(high) {
                let nibble = if quarter < 2 { low & 0xf } else { low >> 4 };
                let pair = high >> (2 * quarter) & 3;
                self.steps.push((nibble | pair << 4).cast_signed() - 32);
            }
            self.close(scale * f32::from(group_scale.cast_signed()), 0.0);
        }
    }
}

/// The whole part of `scale` that `offset` is nearest to a multiple of, with no more than 127 to `reach`; or one that has
/// 127, where that is as good.
fn finer_scale(scale: f32, offset: f32, reach: f32) -> f32 {
    if reach == 0.0 {
        return 0.0;
    }
    let plain = (reach / STEPS_OF_8_BITS, reach / STEPS_OF_8_BITS / 12_f32.sqrt());
    // Where two weights differ, the reach is half a step at least.
    let most = (STEPS_OF_8_BITS * scale.abs() / reach).min(2.0 * STEPS_OF_8_BITS) as i32;
    let finer = (1..=most).map(|parts| {
        let step = scale.abs() / parts as f32;
        let steps = offset / step;
        (step, (steps - steps.round()).abs() * step)
    });
    let best = finer.chain([plain]).min_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(plain.0, |(step, _)| step)
}

/// Scale and minimum of a group: six bits each, of which the last four groups have the high two
/// in the top bits of the first eight bytes.
fn six_bit_pair(packed: &[u8], group: usize) -> [u8; 2] {
    if group < 4 {
        [packed[group] & 63, packed[group + 4] & 63]
    } else {
        let (low, scale, minimum) = (packed[group + 4], packed[group - 4], packed[group]);
        [low & 0xf | scale >> 6 << 4, low >> 4 | minimum >> 6 << 4]
    }
}

fn half_at(block: &[u8], offset: usize) -> f32 {
    half([block[offset], block[offset + 1]])
}

fn half(raw: [u8; 2]) -> f32 {
    f16::from_le_bytes(raw).to_f32()
}

#[cfg(test)]
mod tests;
