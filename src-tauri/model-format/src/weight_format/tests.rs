//! Every block format against its defining formula, and against values that llama.cpp's own
//! Python package `gguf` gave.

use proptest::prelude::*;

use super::WeightFormat;
use super::bits::Bits;
use super::groups::Groups;
use crate::weights::quantize::{pack_steps, quantize_blocks};

use crate::support::ggml;

const FORMATS: [(WeightFormat, &str); 11] = [
    (WeightFormat::F32, "F32"),
    (WeightFormat::F16, "F16"),
    (WeightFormat::Bf16, "BF16"),
    (WeightFormat::Q4_0, "Q4_0"),
    (WeightFormat::Q4_1, "Q4_1"),
    (WeightFormat::Q5_0, "Q5_0"),
    (WeightFormat::Q5_1, "Q5_1"),
    (WeightFormat::Q8_0, "Q8_0"),
    (WeightFormat::Q4_K, "Q4_K"),
    (WeightFormat::Q5_K, "Q5_K"),
    (WeightFormat::Q6_K, "Q6_K"),
];

/// Random blocks of a format, with the seed that made them.
fn blocks() -> impl Strategy<Value = (WeightFormat, &'static str, Vec<u8>)> {
    (0..FORMATS.len(), any::<u64>(), 0.001_f32..8.0).prop_map(|(index, seed, reach)| {
        let (format, name) = FORMATS[index];
        let mut random = fastrand::Rng::with_seed(seed);
        (format, name, ggml::random(name, 512, reach, &mut random))
    })
}

proptest! {
    #[test]
    fn weights_are_those_of_the_formula((format, name, bytes) in blocks()) {
        let expected = ggml::dequantize(name, &bytes);
        prop_assert_eq!(format.decode(&bytes), expected, "{} to the last bit", name);
    }

    #[test]
    fn blocks_that_are_copied_have_the_same_weights((format, name, bytes) in blocks()) {
        let Some(symmetric) = format.symmetric_groups() else { return Ok(()) };
        let groups = format.groups(&bytes);
        let expected = ggml::dequantize(name, &bytes);
        for bits in [Bits::Four, Bits::Eight].into_iter().filter(|bits| *bits >= symmetric.bits) {
            let packed = pack_steps(&groups.steps, bits);
            for (index, expected) in expected.iter().enumerate() {
                let step = match bits {
                    Bits::Eight => i32::from(packed[index]) - 128,
                    Bits::Four => i32::from(packed[index / 2] >> (index % 2 * 4) & 0xf) - 8,
                };
                let found = groups.scales[index / symmetric.group_len] * step as f32;
                prop_assert_eq!(found, *expected, "weight {} of {} in {:?}", index, name, bits);
            }
        }
    }
}

proptest! {
    #[test]
    fn integers_above_a_minimum_are_nearly_the_same_around_zero((format, name, bytes) in blocks()) {
        let Some(group_len) = format.offset_group_len() else { return Ok(()) };
        let groups = format.groups(&bytes).around_zero();
        let weights = ggml::dequantize(name, &bytes);
        for (index, weights) in weights.chunks(group_len).enumerate() {
            let steps = &groups.steps[index * group_len..][..group_len];
            let scale = groups.scales[index];
            let lost = weights.iter().zip(steps).map(|(w, step)| (w - scale * f32::from(*step)).abs());
            let reach = weights.iter().fold(0.0, |reach: f32, weight| reach.max(weight.abs()));
            // Half of the step that 8 bits have.
            let limit = reach / 127.0 / 2.0 * 1.001;
            for lost in lost {
                prop_assert!(lost <= limit, "{} is more than {} in {}", lost, limit, name);
            }
        }
    }
}

#[test]
fn weights_that_are_all_zero_stay_zero() {
    for (scale, offset) in [(1.0, 0.0), (0.0, 0.0), (1.0, -3.0)] {
        let step = if offset == 0.0 { 0 } else { 3 };
        let groups = Groups { steps: vec![step; 32], scales: vec![scale], offsets: vec![offset] };
        let groups = groups.around_zero();
        assert_eq!(
            groups.steps, [0; 32],
            "{scale} and {offset}: at once, and no number is divided by zero"
        );
        assert_eq!(groups.scales, [0.0]);
    }
}

#[test]
fn a_finer_scale_loses_less_than_rounding() {
    for name in ["Q4_1", "Q5_1", "Q4_K", "Q5_K"] {
        let format = FORMATS.iter().find(|(_, it)| *it == name).unwrap().0;
        let bytes = ggml::random(name, 1 << 14, 1.0, &mut fastrand::Rng::with_seed(3));
        let weights = ggml::dequantize(name, &bytes);
        let groups = format.groups(&bytes).around_zero();
        let finer: Vec<f32> = groups
            .steps
            .chunks(32)
            .zip(&groups.scales)
            .flat_map(|(steps, scale)| steps.iter().map(move |step| f32::from(*step) * scale))
            .collect();
        let rounded = quantize_blocks(&weights, Bits::Eight, 32);
        let plain: Vec<f32> = rounded
            .quants
            .chunks(32)
            .zip(&rounded.scales)
            .flat_map(|(quants, scale)| quants.iter().map(move |q| (f32::from(*q) - 128.0) * scale))
            .collect();
        let lost = |found: &[f32]| -> f32 {
            found.iter().zip(&weights).map(|(found, weight)| (found - weight).powi(2)).sum()
        };
        let share = (lost(&finer) / lost(&plain)).sqrt();
        assert!(share < 0.8, "{name}: {share} of what rounding loses");
    }
}

#[test]
fn weights_are_those_of_the_reference() {
    let fixture = include_str!("../../../tests/fixtures/ggml_blocks.json");
    let cases: serde_json::Value = serde_json::from_str(fixture).unwrap();
    for case in cases.as_array().unwrap() {
        let name = case["format"].as_str().unwrap();
        let format = FORMATS.iter().find(|(_, it)| *it == name).unwrap().0;
        let hex = case["block"].as_str().unwrap();
        let byte = |index: usize| u8::from_str_radix(&hex[index..index + 2], 16).unwrap();
        let block: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
        let weights = format.decode(&block);
        for pair in case["weights"].as_array().unwrap() {
            let (index, expected) = (pair[0].as_u64().unwrap(), pair[1].as_f64().unwrap());
            assert_eq!(weights[index as usize], expected as f32, "weight {index} of {name}");
        }
    }
}
