//! Rounding of weights to integers, in the two layouts that ONNX Runtime's kernels read.
//!
//! Both are symmetric: a weight is `scale * (quant - zero point)` with the zero point in the
//! middle. Blocks go along a row and serve `MatMulNBits` and `GatherBlockQuantized`; columns
//! serve `DynamicQuantizeMatMul`.

/// Bits of one weight in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bits {
    /// Two weights a byte, the first in the low half; zero is 8.
    Four,
    /// One weight a byte; zero is 128.
    Eight,
}

impl Bits {
    /// As the operators' `bits` attribute.
    pub(crate) fn count(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// Bytes of so many weights.
    pub(crate) fn packed_bytes(self, weights: usize) -> usize {
        weights * self.count() / 8
    }

    fn quantize_block(self, block: &[f32], quants: &mut Vec<u8>) -> f32 {
        match self {
            Self::Four => quantize_block_4(block, quants),
            Self::Eight => quantize_block_8(block, quants),
        }
    }
}

/// Rows whose blocks have one scale each.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Blocks {
    /// Packed weights, in the order of the rows.
    pub(crate) quants: Vec<u8>,
    /// One scale a block.
    pub(crate) scales: Vec<f32>,
}

/// Quantizes row-major `weights`; `block_size` is even and divides the length of a row.
pub(crate) fn quantize_blocks(weights: &[f32], bits: Bits, block_size: usize) -> Blocks {
    let mut blocks = Blocks::default();
    for block in weights.chunks_exact(block_size) {
        let scale = bits.quantize_block(block, &mut blocks.quants);
        blocks.scales.push(scale);
    }
    blocks
}

/// Packs integers around zero that were quantized before, two weights of four bits a byte.
pub(crate) fn pack_steps(steps: &[i8], bits: Bits) -> Vec<u8> {
    match bits {
        Bits::Eight => steps.iter().map(|step| step.cast_unsigned() ^ 0x80).collect(),
        Bits::Four => {
            let half = |step: i8| (step + 8).cast_unsigned();
            steps.chunks_exact(2).map(|pair| half(pair[0]) | half(pair[1]) << 4).collect()
        }
    }
}

/// The largest weight gets 127 steps on its side of zero: nothing is cut off, and no weight
/// is off by more than half a step.
fn quantize_block_8(block: &[f32], quants: &mut Vec<u8>) -> f32 {
    let scale = max_abs(block) / 127.0;
    quants.extend(block.iter().map(|&weight| (steps(weight, scale) + 128.0) as u8));
    scale
}

/// Four bits have 8 steps on one side of zero and 7 on the other. The weight farthest from zero
/// goes to the longer side, which is why a scale may be negative; then the scale is searched
/// that leaves the smallest squared error.
fn quantize_block_4(block: &[f32], quants: &mut Vec<u8>) -> f32 {
    let extreme = block.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
    let scale = best_scale_4(block, extreme.unwrap_or_default() / -8.0);
    for pair in block.chunks_exact(2) {
        let [low, high] = [0, 1].map(|index| (steps_4(pair[index], scale) + 8.0) as u8);
        quants.push(low | high << 4);
    }
    scale
}

/// Tries scales around `start`, each refined to the least-squares scale of its own rounding.
fn best_scale_4(block: &[f32], start: f32) -> f32 {
    /// Beyond a fifth around the start no block of the embedded model found its best scale.
    const TRIALS: std::ops::RangeInclusive<i32> = -8..=8;
    let refined = TRIALS.map(|trial| least_squares_4(block, start * (1.0 + 0.025 * trial as f32)));
    let errors = std::iter::once(start).chain(refined).map(|scale| (error_4(block, scale), scale));
    errors.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(start, |(_, scale)| scale)
}

/// The scale that fits best to the integers which `scale` rounds to.
fn least_squares_4(block: &[f32], scale: f32) -> f32 {
    let (mut products, mut squares) = (0.0, 0.0);
    for &weight in block {
        let quant = steps_4(weight, scale);
        products += weight * quant;
        squares += quant * quant;
    }
    if squares > 0.0 { products / squares } else { scale }
}

fn error_4(block: &[f32], scale: f32) -> f32 {
    block.iter().map(|&weight| (weight - scale * steps_4(weight, scale)).powi(2)).sum()
}

fn steps_4(weight: f32, scale: f32) -> f32 {
    steps(weight, scale).clamp(-8.0, 7.0)
}

/// A matrix whose columns have one scale each.
#[derive(Debug, PartialEq)]
pub(crate) struct Columns {
    /// `[columns, rows]` of the input: transposed, as `DynamicQuantizeMatMul` multiplies.
    pub(crate) quants: Vec<i8>,
    /// One scale a row of the input, which is a column of the output.
    pub(crate) scales: Vec<f32>,
}

/// Quantizes and transposes a row-major matrix of rows of this length.
pub(crate) fn quantize_columns(weights: &[f32], row_length: usize) -> Columns {
    let n_rows = weights.len() / row_length;
    let mut quants = vec![0; weights.len()];
    let mut scales = Vec::with_capacity(n_rows);
    for (row_idx, row) in weights.chunks_exact(row_length).enumerate() {
        let scale = max_abs(row) / 127.0;
        for (column_idx, &weight) in row.iter().enumerate() {
            quants[column_idx * n_rows + row_idx] = steps(weight, scale) as i8;
        }
        scales.push(scale);
    }
    Columns { quants, scales }
}

fn max_abs(weights: &[f32]) -> f32 {
    weights.iter().fold(0.0, |max, weight| max.max(weight.abs()))
}

/// The nearest whole number of steps; a scale of zero means that all weights are zero.
fn steps(weight: f32, scale: f32) -> f32 {
    if scale == 0.0 { 0.0 } else { (weight / scale).round_ties_even() }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn dequantize(blocks: &Blocks, bits: Bits, block_size: usize) -> Vec<f32> {
        let quants: Vec<f32> = match bits {
            Bits::Eight => blocks.quants.iter().map(|&byte| f32::from(byte) - 128.0).collect(),
            Bits::Four => {
                let halves = blocks.quants.iter().flat_map(|byte| [byte & 0xf, byte >> 4]);
                halves.map(|half| f32::from(half) - 8.0).collect()
            }
        };
        let scales = blocks.scales.iter().flat_map(|scale| std::iter::repeat_n(scale, block_size));
        quants.iter().zip(scales).map(|(quant, scale)| quant * scale).collect()
    }

    fn squared_error(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
    }

    fn weights() -> impl Strategy<Value = Vec<f32>> {
        vec(-4.0_f32..4.0, 64)
    }

    proptest! {
        #[test]
        fn eight_bits_are_off_by_half_a_step_at_most(weights in weights()) {
            let blocks = quantize_blocks(&weights, Bits::Eight, 32);
            let found = dequantize(&blocks, Bits::Eight, 32);
            for (index, (weight, found)) in weights.iter().zip(&found).enumerate() {
                let half_step = blocks.scales[index / 32] * 0.5001;
                prop_assert!((weight - found).abs() <= half_step, "{weight} became {found}");
            }
        }

        #[test]
        fn four_bits_are_never_worse_than_plain_rounding(weights in weights()) {
            let blocks = quantize_blocks(&weights, Bits::Four, 32);
            let found = dequantize(&blocks, Bits::Four, 32);
            for (block, found) in weights.chunks(32).zip(found.chunks(32)) {
                let plain = max_abs(block) / 8.0;
                let least = [plain, -plain].map(|scale| error_4(block, scale));
                let error = squared_error(block, found);
                prop_assert!(error <= least[0].max(least[1]) * 1.0001, "{error} of {least:?}");
            }
        }

        #[test]
        fn columns_are_the_transpose(weights in weights()) {
            let columns = quantize_columns(&weights, 16);
            for row in 0..4 {
                for column in 0..16 {
                    let quant = f32::from(columns.quants[column * 4 + row]);
                    let found = quant * columns.scales[row];
                    let half_step = columns.scales[row] * 0.5001;
                    prop_assert!((weights[row * 16 + column] - found).abs() <= half_step);
                }
            }
        }
    }

    #[test]
    fn zeros_stay_zeros() {
        for bits in [Bits::Four, Bits::Eight] {
            let blocks = quantize_blocks(&[0.0; 32], bits, 32);
            assert_eq!(dequantize(&blocks, bits, 32), [0.0; 32], "{bits:?}: no division by zero");
        }
        assert_eq!(quantize_columns(&[0.0; 4], 2).quants, [0; 4], "nor in columns");
    }

    #[test]
    fn the_first_of_two_weights_is_the_low_half() {
        let blocks = quantize_blocks(&[-8.0, 7.0], Bits::Four, 2);
        assert_eq!(blocks.quants, [0xf0], "0 for -8 in the low half, 15 for 7 in the high");
        assert_eq!(blocks.scales, [1.0], "both fit exactly");
    }
}
