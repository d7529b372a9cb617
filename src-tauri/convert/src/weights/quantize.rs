//! Quantization of weights to integers, in the two layouts that ONNX Runtime's kernels read.
//!
//! Both are symmetric: a weight is `scale * (quant - zero_point)`, with the zero point in the middle
//! of the range. Blocks are pieces of a row, for `MatMulNBits` and `GatherBlockQuantized`. Columns
//! are for `DynamicQuantizeMatMul`.

#[cfg(test)]
mod tests;

use super::bits::Bits;

/// Quantized rows, with one scale for each block of a row.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Blocks {
    /// Packed weights, in the order of the rows.
    pub(crate) quants: Vec<u8>,
    /// One scale for each block.
    pub(crate) scales: Vec<f32>,
}

/// Quantizes row-major `weights`. `block_size` is even and divides the length of a row.
pub(crate) fn quantize_blocks(weights: &[f32], bits: Bits, block_size: usize) -> Blocks {
    let mut blocks = Blocks::default();
    let quantize_block = match bits {
        Bits::Four => quantize_block_4,
        Bits::Eight => quantize_block_8,
    };
    for block in weights.chunks_exact(block_size) {
        let scale = quantize_block(block, &mut blocks.quants);
        blocks.scales.push(scale);
    }
    blocks
}

/// Quantizes a block to 8 bits and returns its scale. The weight farthest from zero becomes 127 or
/// -127, so that no weight is clipped and no error exceeds half a step.
fn quantize_block_8(block: &[f32], quants: &mut Vec<u8>) -> f32 {
    let scale = max_abs(block) / 127.0;
    quants.extend(block.iter().map(|&weight| (steps(weight, scale) + 128.0) as u8));
    scale
}

/// Quantizes a block to 4 bits and returns its scale. Four bits reach from -8 to 7. The weight
/// farthest from zero gets the side that reaches to -8, so that a scale may be negative. Of the
/// scales around that, the one with the smallest squared error is taken.
fn quantize_block_4(block: &[f32], quants: &mut Vec<u8>) -> f32 {
    let extreme = block.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
    let scale = best_scale_4(block, extreme.unwrap_or_default() / -8.0);
    for pair in block.chunks_exact(2) {
        let [low, high] = [0, 1].map(|index| (steps_4(pair[index], scale) + 8.0) as u8);
        quants.push(low | high << 4);
    }
    scale
}

/// Returns the best of some scales around `start`, each refined to the least-squares scale of its
/// own rounding.
fn best_scale_4(block: &[f32], start: f32) -> f32 {
    /// Trials reach a fifth up and down: no block of the embedded model has a better scale beyond.
    const TRIALS: std::ops::RangeInclusive<i32> = -8..=8;
    let refined = TRIALS.map(|trial| least_squares_4(block, start * (1.0 + 0.025 * trial as f32)));
    let errors = std::iter::once(start).chain(refined).map(|scale| (error_4(block, scale), scale));
    errors.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(start, |(_, scale)| scale)
}

/// Returns the least-squares scale for the integers that `scale` rounds the block to.
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
    /// `[columns, rows]` of the input, which is the transpose.
    pub(crate) quants: Vec<i8>,
    /// One scale for each row of the input, which is a column of the output.
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

/// Returns the nearest whole number of steps. The scale is zero if all weights are.
fn steps(weight: f32, scale: f32) -> f32 {
    if scale == 0.0 { 0.0 } else { (weight / scale).round_ties_even() }
}
