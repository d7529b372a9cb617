//! Errors of the rounding, and the layout of what is packed.

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
    fn eight_bits_are_differ_by_half_a_step_at_most(weights in weights()) {
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
