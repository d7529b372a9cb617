//! Every block format against its defining formula, and against values that llama.cpp's own
//! Python package `gguf` gave.

use proptest::prelude::*;

use super::WeightFormat;
use crate::quantize::{Bits, pack_steps};

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
    fn blocks_that_are_taken_over_stand_for_the_same_weights((format, name, bytes) in blocks()) {
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

#[test]
fn weights_are_those_of_the_reference() {
    let fixture = include_str!("../../tests/fixtures/ggml_blocks.json");
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
