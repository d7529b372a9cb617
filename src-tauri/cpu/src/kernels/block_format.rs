//! [`BlockFormat`]: how the weights of a matrix lie in memory, in as few bits as they need.
//!
//! A panel has 16 columns. It is a row of spans, each of which begins with the scales of its 16
//! columns, and the minima where weights lie above one. The weights follow, in passes of 16 rows. A
//! pass has four lines of 64 bytes, each of which holds 4 rows: for each column, the weights of these
//! rows side by side, as VPDPBUSD multiplies them.
//!
//! Weights in fewer than 8 bits are split. Two lines share one line of halves: the lower four bits
//! of the first in the lower halves of the bytes, those of the second in the upper halves. The bits
//! above them lie in a line before the halves, at the same byte: one bit for each of the 8 lines of
//! two passes, or two for each of the 4 lines of one.

use half::f16;
use pounce_model_format::weight_format::{Factors, Groups, WeightFormat};

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
/// Bytes of 16 columns' 16-bit units.
pub(crate) const UNITS_BYTES: usize = COLUMNS * size_of::<f16>();
/// The unsigned byte that stands for zero in weights of 8 bits.
const BYTE_ZERO_POINT: u8 = 128;
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

/// How scales and minima lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scales {
    /// 32-bit floats.
    Floats,
    /// 16-bit floats.
    Halves,
    /// Signed bytes that count a 16-bit unit. The units of a span come first, then the bytes of each
    /// of its blocks.
    Counts {
        /// Blocks of a span.
        n_blocks: usize,
    },
}

/// How the blocks of a matrix lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockFormat {
    /// Weights of a column that share a scale: a multiple of 16, in 5 bits of 32.
    pub(crate) block: usize,
    pub(crate) width: Width,
    /// The unsigned number that stands for zero, or for the minimum: a power of two, or zero.
    pub(crate) zero_point: i32,
    pub(crate) scales: Scales,
    /// Whether a minimum is added to the weights of each block.
    pub(crate) has_minima: bool,
}

impl Width {
    /// Returns the fewest bits that hold all `steps`, in blocks of this length.
    fn smallest(steps: &[i8], block: usize) -> Self {
        // `!x` is `-1 - x`, so the largest of both says how many bits either needs.
        match steps.iter().map(|&step| step.max(!step)).max().unwrap_or_default() {
            ..8 => Self::Four,
            8..16 if block.is_multiple_of(FIFTH_BITS_PASSES * PASS_ROWS) => Self::Five,
            8..32 => Self::Six,
            32.. => Self::Eight,
        }
    }

    /// The number that stands for zero in the middle of the range.
    fn zero_point(self) -> u8 {
        match self {
            Self::Four => 8,
            Self::Five => 16,
            Self::Six => 32,
            Self::Eight => BYTE_ZERO_POINT,
        }
    }

    /// Bytes of `n_passes` passes of 16 columns.
    fn len(self, n_passes: usize) -> usize {
        match self {
            Self::Four => n_passes * HALVES_BYTES,
            Self::Five => n_passes / FIFTH_BITS_PASSES * FIVE_BYTES,
            Self::Six => n_passes * SIX_BYTES,
            Self::Eight => n_passes * PASS_LINES * LINE_BYTES,
        }
    }
}

impl BlockFormat {
    /// Returns the smallest format of a matrix with these integers around zero, in blocks of `block`
    /// with these scales.
    pub(crate) fn smallest(steps: &[i8], scales: &[f32], block: usize) -> Self {
        let width = Width::smallest(steps, block);
        // Compared as bits, because a negative zero is another float.
        let is_half = |scale: &f32| f16::from_f32(*scale).to_f32().to_bits() == scale.to_bits();
        let scales = if scales.iter().all(is_half) { Scales::Halves } else { Scales::Floats };
        Self { block, width, zero_point: width.zero_point().into(), scales, has_minima: false }
    }

    /// Returns the format of a matrix in blocks of llama.cpp; `None` for floats.
    pub(crate) fn of(format: WeightFormat) -> Option<Self> {
        let width = match format.integer_bits()? {
            4 => Width::Four,
            5 => Width::Five,
            6 => Width::Six,
            _ => Width::Eight,
        };
        let (block, has_minima) = (format.group_len(), format.has_minima());
        let scales = match format.block_len() / block {
            1 => Scales::Halves,
            n_blocks => Scales::Counts { n_blocks },
        };
        let zero_point = if has_minima { 0 } else { width.zero_point() };
        Some(Self { block, width, zero_point: zero_point.into(), scales, has_minima })
    }

    /// The format with a byte for each weight, and the largest for a block of this length.
    pub(crate) fn bytes(block: usize) -> Self {
        let zero_point = i32::from(BYTE_ZERO_POINT);
        let (width, scales) = (Width::Eight, Scales::Floats);
        Self { block, width, zero_point, scales, has_minima: false }
    }

    /// The same weights with a byte for each, and scales that are complete.
    pub(crate) fn unpacked(self) -> Self {
        let scales = match self.scales {
            Scales::Counts { .. } => Scales::Floats,
            scales => scales,
        };
        Self { width: Width::Eight, scales, ..self }
    }

    /// Weights of a column in a span.
    pub(crate) fn span(&self) -> usize {
        self.block * self.blocks_of_span()
    }

    /// Blocks of a column in a span.
    pub(crate) fn blocks_of_span(&self) -> usize {
        match self.scales {
            Scales::Counts { n_blocks } => n_blocks,
            _ => 1,
        }
    }

    /// Bytes of a panel: 16 columns of `k` weights. Saturates for the shapes of damaged files.
    pub(crate) fn panel_len(&self, k: usize) -> usize {
        (k / self.span()).saturating_mul(self.span_len()).next_multiple_of(LINE_BYTES)
    }

    /// Bytes of one span of a panel.
    pub(crate) fn span_len(&self) -> usize {
        self.scales_len() + self.blocks_of_span() * self.weights_len()
    }

    /// Bytes of the weights of one block.
    pub(crate) fn weights_len(&self) -> usize {
        self.width.len(self.block / PASS_ROWS)
    }

    /// Bytes of the scales and minima of one span.
    pub(crate) fn scales_len(&self) -> usize {
        let of_one = match self.scales {
            Scales::Floats => COLUMNS * size_of::<f32>(),
            Scales::Halves => UNITS_BYTES,
            Scales::Counts { n_blocks } => UNITS_BYTES + n_blocks * COLUMNS,
        };
        let len = of_one * self.n_factors();
        // Weights of a long span begin at a line.
        if self.blocks_of_span() > 1 { len.next_multiple_of(LINE_BYTES) } else { len }
    }

    /// Where the scales of 16 columns begin that are no units; the minima follow them.
    pub(crate) fn scales_place(&self, block: usize) -> usize {
        match self.scales {
            Scales::Counts { .. } => (UNITS_BYTES + block * COLUMNS) * self.n_factors(),
            _ => 0,
        }
    }

    /// Factors of a block: its scale, and its minimum if it has one.
    fn n_factors(&self) -> usize {
        1 + usize::from(self.has_minima)
    }

    /// Packs up to 16 columns of `k` weights into one panel. The bytes of missing columns stay zero,
    /// as in new memory.
    pub(crate) fn pack(&self, columns: &Groups, k: usize, panel: &mut [u8]) {
        let n_spans = k / self.span();
        let factors = [&columns.scales, &columns.offsets];
        let factors = factors.into_iter().take(self.n_factors()).enumerate();
        for (column, steps) in columns.steps.chunks_exact(k).enumerate() {
            let spans =
                panel.chunks_exact_mut(self.span_len()).zip(steps.chunks_exact(self.span()));
            for (index, (span, steps)) in spans.enumerate() {
                let (header, weights) = span.split_at_mut(self.scales_len());
                for (which, factors) in factors.clone() {
                    self.put_factors(header, column, which, (factors, column * n_spans + index));
                }
                let blocks = weights.chunks_exact_mut(self.weights_len());
                for (block, steps) in blocks.zip(steps.chunks_exact(self.block)) {
                    let words = block.as_chunks_mut::<GROUP>().0;
                    for (line, four) in steps.as_chunks::<GROUP>().0.iter().enumerate() {
                        self.put_four(words, column, line, four.map(i8::cast_unsigned));
                    }
                }
            }
        }
    }

    /// Puts the scales or, if `which` is 1, the minima of a column's span into its header.
    fn put_factors(
        &self,
        header: &mut [u8],
        column: usize,
        which: usize,
        (factors, span): (&Factors, usize),
    ) {
        let unit = f16::from_f32(factors.units[span]).to_le_bytes();
        let place = which * COLUMNS + column;
        match self.scales {
            Scales::Floats => {
                header.as_chunks_mut().0[place] = factors.units[span].to_le_bytes();
            }
            Scales::Halves => header.as_chunks_mut().0[place] = unit,
            Scales::Counts { n_blocks } => {
                header.as_chunks_mut().0[place] = unit;
                for (block, count) in
                    factors.counts[span * n_blocks..][..n_blocks].iter().enumerate()
                {
                    header[self.scales_place(block) + place] = count.cast_unsigned();
                }
            }
        }
    }

    /// Puts the four weights of one column and line of a block into the block's words.
    fn put_four(&self, words: &mut [[u8; GROUP]], column: usize, line: usize, steps: [u8; GROUP]) {
        // As numbers around 128, no byte is below the difference of the zero points, so none borrows
        // from the next.
        let four = u32::from_le_bytes(steps) ^ (ONES * u32::from(BYTE_ZERO_POINT));
        let four = four.wrapping_sub(ONES * (u32::from(BYTE_ZERO_POINT) - self.zero_point as u32));
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
        let spans = panel.chunks_exact(self.span_len());
        for (span, weights) in spans.zip(weights.chunks_exact_mut(self.span())) {
            let (header, blocks) = span.split_at(self.scales_len());
            let blocks = blocks.chunks_exact(self.weights_len());
            let blocks = blocks.zip(weights.chunks_exact_mut(self.block));
            for (index, (block, weights)) in blocks.enumerate() {
                let scale = self.factor(header, index, column);
                let minimum = if self.has_minima {
                    self.factor(header, index, COLUMNS + column)
                } else {
                    0.0
                };
                let words = block.as_chunks::<GROUP>().0;
                for (line, weights) in weights.as_chunks_mut::<GROUP>().0.iter_mut().enumerate() {
                    let step = |quant: u8| (i32::from(quant) - self.zero_point) as f32;
                    let four = self.four(words, column, line);
                    *weights = four.map(|quant| scale * step(quant) + minimum);
                }
            }
        }
    }

    /// The scale of a block at `place` among those of the columns, or its minimum, which is 16 places
    /// later.
    fn factor(&self, header: &[u8], block: usize, place: usize) -> f32 {
        let unit = || f16::from_le_bytes(header.as_chunks().0[place]).to_f32();
        match self.scales {
            Scales::Floats => f32::from_le_bytes(header.as_chunks().0[place]),
            Scales::Halves => unit(),
            Scales::Counts { .. } => {
                unit() * f32::from(header[self.scales_place(block) + place].cast_signed())
            }
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
    use crate::ggml;

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
            let steps: Vec<i8> =
                (0..COLUMNS * k).map(|_| random.i32(-reach..reach) as i8).collect();
            let floats: Vec<f32> = (0..COLUMNS * 3).map(|_| random.f32() * 0.01).collect();
            let halves: Vec<f32> =
                floats.iter().map(|scale| f16::from_f32(*scale).to_f32()).collect();
            for (units, scales) in [(floats, Scales::Floats), (halves, Scales::Halves)] {
                let format = BlockFormat::smallest(&steps, &units, block);
                assert_eq!((format.width, format.scales), (width, scales));
                let scales = Factors::of_units(units);
                let groups = Groups { steps: steps.clone(), scales, ..Groups::default() };
                let step = |(index, step): (usize, &i8)| {
                    groups.scales.units[index / block] * f32::from(*step)
                };
                let expected: Vec<f32> = steps.iter().enumerate().map(step).collect();
                check_columns(format, &groups, &expected);
            }
        }
    }

    #[test]
    fn blocks_of_llama_cpp_keep_their_weights() {
        for name in ggml::FORMATS {
            let stored = WeightFormat::of_code(ggml::code(name)).unwrap();
            let Some(format) = BlockFormat::of(stored) else { continue };
            let bytes = ggml::random(name, COLUMNS * 512, 1.0, &mut fastrand::Rng::with_seed(5));
            check_columns(format, &stored.groups(&bytes), &ggml::dequantize(name, &bytes));
            // Scales of 16 columns fill lines, so that six bits with a byte for each scale take more.
            let limit = stored.stored_bytes(COLUMNS * 512) * 103 / 100;
            assert!(format.panel_len(512) <= limit, "{name} takes no more than in the file");
        }
    }

    /// Checks that 16 columns are `expected` after they were packed.
    fn check_columns(format: BlockFormat, groups: &Groups, expected: &[f32]) {
        let k = expected.len() / COLUMNS;
        let mut panel = vec![0; format.panel_len(k)];
        format.pack(groups, k, &mut panel);
        let mut weights = vec![0.0; k];
        for (column, expected) in expected.chunks_exact(k).enumerate() {
            format.column(&panel, column, &mut weights);
            assert_eq!(weights, expected, "column {column} in {format:?}");
        }
    }
}
