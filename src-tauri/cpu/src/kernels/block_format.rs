//! [`BlockFormat`]: how the weights of a matrix lie in memory, in as few bits as they need.
//!
//! A panel has 16 columns. Each of its blocks begins with the 16 columns' scales, followed by its
//! weights in passes of 16 rows. A pass has four lines of 64 bytes, each of which holds 4 rows: for
//! each column, the weights of these rows side by side, as VPDPBUSD multiplies them.
//!
//! Weights in fewer than 8 bits are split. Two lines share one line of halves: the lower four bits
//! of the first in the lower halves of the bytes, those of the second in the upper halves. The bits
//! above them lie in a line before the halves, at the same byte: one bit for each of the 8 lines of
//! two passes, or two for each of the 4 lines of one.

use half::f16;

use super::block_activations::{COLUMNS, GROUP};

/// Bytes of a line, and of a register of 512 bits.
pub(crate) const LINE_BYTES: usize = 64;
/// Lines of a pass.
pub(crate) const PASS_LINES: usize = 4;
/// Rows of weights in a pass.
pub(crate) const PASS_ROWS: usize = PASS_LINES * GROUP;
/// Bytes of the halves of one pass.
pub(crate) const HALVES_BYTES: usize = PASS_LINES / 2 * LINE_BYTES;
/// Passes that share a line of fifth bits.
pub(crate) const FIFTH_BITS_PASSES: usize = 2;
/// Bytes of [`FIFTH_BITS_PASSES`] passes in 5 bits.
pub(crate) const FIVE_BYTES: usize = LINE_BYTES + FIFTH_BITS_PASSES * HALVES_BYTES;
/// Bytes of a pass in 6 bits.
pub(crate) const SIX_BYTES: usize = LINE_BYTES + HALVES_BYTES;
/// The unsigned byte that stands for zero in a model's files.
const FILE_ZERO_POINT: u8 = 128;
/// A byte of each of four neighbours.
const ONES: u32 = 0x0101_0101;

/// The bits of a weight in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Four,
    Five,
    Six,
    Eight,
}

/// How the blocks of a matrix lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockFormat {
    /// Weights of a column that share a scale: a multiple of 16, in 5 bits of 32.
    pub(crate) block: usize,
    pub(crate) width: Width,
    /// The unsigned number that stands for zero: a power of two.
    pub(crate) zero_point: i32,
    /// Whether scales are 16-bit floats instead of 32-bit ones.
    pub(crate) has_half_scales: bool,
}

impl Width {
    /// Returns the fewest bits that hold all `quants`, unsigned bytes around 128, in blocks of this
    /// length.
    fn smallest(quants: &[u8], block: usize) -> Self {
        let size = |quant: &u8| (quant ^ FILE_ZERO_POINT).cast_signed();
        // `!x` is `-1 - x`, so the largest of both says how many bits either needs.
        let size = |quant: &u8| size(quant).max(!size(quant));
        match quants.iter().map(size).max().unwrap_or_default() {
            ..8 => Self::Four,
            8..16 if block.is_multiple_of(FIFTH_BITS_PASSES * PASS_ROWS) => Self::Five,
            8..32 => Self::Six,
            32.. => Self::Eight,
        }
    }

    /// The number that stands for zero: half of the range.
    fn zero_point(self) -> u8 {
        match self {
            Self::Four => 8,
            Self::Five => 16,
            Self::Six => 32,
            Self::Eight => FILE_ZERO_POINT,
        }
    }
}

impl BlockFormat {
    /// Returns the smallest format of a matrix with these weights, unsigned bytes around 128, in
    /// blocks of `block` with these scales.
    pub(crate) fn smallest(quants: &[u8], scales: &[f32], block: usize) -> Self {
        let width = Width::smallest(quants, block);
        // Compared as bits, because a negative zero is another float.
        let is_half = |scale: &f32| f16::from_f32(*scale).to_f32().to_bits() == scale.to_bits();
        let zero_point = i32::from(width.zero_point());
        Self { block, width, zero_point, has_half_scales: scales.iter().all(is_half) }
    }

    /// The format with a byte for each weight, and the largest for a block of this length.
    pub(crate) fn bytes(block: usize) -> Self {
        let zero_point = i32::from(FILE_ZERO_POINT);
        Self { block, width: Width::Eight, zero_point, has_half_scales: false }
    }

    /// The same weights with a byte for each.
    pub(crate) fn unpacked(self) -> Self {
        Self { width: Width::Eight, ..self }
    }

    /// Bytes of a panel: 16 columns of `k` weights. Saturates for the shapes of damaged files.
    pub(crate) fn panel_len(&self, k: usize) -> usize {
        (k / self.block).saturating_mul(self.block_len()).next_multiple_of(LINE_BYTES)
    }

    /// Bytes of one block of a panel.
    pub(crate) fn block_len(&self) -> usize {
        let n_passes = self.block / PASS_ROWS;
        let weights = match self.width {
            Width::Four => n_passes * HALVES_BYTES,
            Width::Five => n_passes / FIFTH_BITS_PASSES * FIVE_BYTES,
            Width::Six => n_passes * SIX_BYTES,
            Width::Eight => n_passes * PASS_LINES * LINE_BYTES,
        };
        self.scales_len() + weights
    }

    /// Bytes of the scales of one block.
    pub(crate) fn scales_len(&self) -> usize {
        if self.has_half_scales { COLUMNS * size_of::<f16>() } else { COLUMNS * size_of::<f32>() }
    }

    /// Packs up to 16 columns, `quants`, `[n, k]` unsigned bytes around 128, and `scales`,
    /// `[n, k / block]`, into one panel. The bytes of missing columns stay zero, as in new memory.
    pub(crate) fn pack(&self, quants: &[u8], scales: &[f32], k: usize, panel: &mut [u8]) {
        let columns = quants.chunks_exact(k).zip(scales.chunks_exact(k / self.block));
        for (column, (quants, scales)) in columns.enumerate() {
            let blocks = panel.chunks_exact_mut(self.block_len());
            let sources = quants.chunks_exact(self.block).zip(scales);
            for (target, (quants, scale)) in blocks.zip(sources) {
                let (target_scales, weights) = target.split_at_mut(self.scales_len());
                self.put_scale(target_scales, column, *scale);
                let words = weights.as_chunks_mut::<GROUP>().0;
                for (line, four) in quants.as_chunks::<GROUP>().0.iter().enumerate() {
                    self.put_four(words, column, line, u32::from_le_bytes(*four));
                }
            }
        }
    }

    fn put_scale(&self, scales: &mut [u8], column: usize, scale: f32) {
        if self.has_half_scales {
            scales.as_chunks_mut().0[column] = f16::from_f32(scale).to_le_bytes();
        } else {
            scales.as_chunks_mut().0[column] = scale.to_le_bytes();
        }
    }

    /// Puts the four weights of one column and line of a block into the block's words.
    fn put_four(&self, words: &mut [[u8; GROUP]], column: usize, line: usize, four: u32) {
        // No byte is below the difference of the zero points, so none borrows from the next.
        let four = four.wrapping_sub(ONES * (u32::from(FILE_ZERO_POINT) - self.zero_point as u32));
        let mut put = |place: usize, bits: u32| {
            let word = &mut words[place / GROUP + column];
            *word = (u32::from_le_bytes(*word) | bits).to_le_bytes();
        };
        let (pass, line) = (line / PASS_LINES, line % PASS_LINES);
        let halves = line / 2 * LINE_BYTES;
        let low = (four & (ONES * 0x0f)) << (line % 2 * 4);
        let high = four >> 4;
        match self.width {
            Width::Four => put(pass * HALVES_BYTES + halves, low),
            Width::Five => {
                let (pair, pass) = (pass / FIFTH_BITS_PASSES, pass % FIFTH_BITS_PASSES);
                put(pair * FIVE_BYTES, (high & ONES) << (pass * PASS_LINES + line));
                put(pair * FIVE_BYTES + LINE_BYTES + pass * HALVES_BYTES + halves, low);
            }
            Width::Six => {
                put(pass * SIX_BYTES, (high & (ONES * 3)) << (2 * line));
                put(pass * SIX_BYTES + LINE_BYTES + halves, low);
            }
            Width::Eight => put((pass * PASS_LINES + line) * LINE_BYTES, four),
        }
    }

    /// Writes the weights of a column of a panel to `weights`, `[k]`.
    pub(crate) fn column(&self, panel: &[u8], column: usize, weights: &mut [f32]) {
        let blocks = panel.chunks_exact(self.block_len());
        for (source, weights) in blocks.zip(weights.chunks_exact_mut(self.block)) {
            let (scales, words) = source.split_at(self.scales_len());
            let scale = self.scale(scales, column);
            let words = words.as_chunks::<GROUP>().0;
            for (line, weights) in weights.as_chunks_mut::<GROUP>().0.iter_mut().enumerate() {
                let four = self.four(words, column, line);
                *weights = four.map(|quant| scale * (i32::from(quant) - self.zero_point) as f32);
            }
        }
    }

    fn scale(&self, scales: &[u8], column: usize) -> f32 {
        if self.has_half_scales {
            f16::from_le_bytes(scales.as_chunks().0[column]).to_f32()
        } else {
            f32::from_le_bytes(scales.as_chunks().0[column])
        }
    }

    /// The four weights of one column and line of a block.
    fn four(&self, words: &[[u8; GROUP]], column: usize, line: usize) -> [u8; GROUP] {
        let word = |place: usize| u32::from_le_bytes(words[place / GROUP + column]);
        let (pass, line) = (line / PASS_LINES, line % PASS_LINES);
        let halves = line / 2 * LINE_BYTES;
        let low = |place: usize| word(place + halves) >> (line % 2 * 4) & (ONES * 0x0f);
        let four = match self.width {
            Width::Four => low(pass * HALVES_BYTES),
            Width::Five => {
                let (pair, pass) = (pass / FIFTH_BITS_PASSES, pass % FIFTH_BITS_PASSES);
                let high = word(pair * FIVE_BYTES) >> (pass * PASS_LINES + line) & ONES;
                low(pair * FIVE_BYTES + LINE_BYTES + pass * HALVES_BYTES) | high << 4
            }
            Width::Six => {
                let high = word(pass * SIX_BYTES) >> (2 * line) & (ONES * 3);
                low(pass * SIX_BYTES + LINE_BYTES) | high << 4
            }
            Width::Eight => word((pass * PASS_LINES + line) * LINE_BYTES),
        };
        four.to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_that_were_packed() {
        let mut random = fastrand::Rng::with_seed(3);
        for (reach, block, width) in [
            (8, 32, Width::Four),
            (16, 32, Width::Five),
            (16, 16, Width::Six),
            (32, 64, Width::Six),
            (128, 16, Width::Eight),
        ] {
            let k = 3 * block;
            let quants: Vec<u8> =
                (0..COLUMNS * k).map(|_| (128 + random.i32(-reach..reach)) as u8).collect();
            let scales: Vec<f32> = (0..COLUMNS * 3).map(|_| random.f32() * 0.01).collect();
            let halves: Vec<f32> =
                scales.iter().map(|scale| f16::from_f32(*scale).to_f32()).collect();
            for (scales, has_half_scales) in [(scales, false), (halves, true)] {
                let format = BlockFormat::smallest(&quants, &scales, block);
                assert_eq!((format.width, format.has_half_scales), (width, has_half_scales));
                let mut panel = vec![0; format.panel_len(k)];
                format.pack(&quants, &scales, k, &mut panel);
                let mut weights = vec![0.0; k];
                for column in 0..COLUMNS {
                    format.column(&panel, column, &mut weights);
                    let expected = |row: usize| {
                        let quant = f32::from(quants[column * k + row]) - 128.0;
                        quant * scales[column * 3 + row / block]
                    };
                    let expected: Vec<f32> = (0..k).map(expected).collect();
                    assert_eq!(weights, expected, "column {column} in {format:?}");
                }
            }
        }
    }
}
