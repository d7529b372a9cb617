//! Every block format against its defining formula, and against values that llama.cpp's own
//! Python package `gguf` gave.

use proptest::prelude::*;

use super::{Factors, Groups, WeightFormat};

#[allow(dead_code, unreachable_pub, missing_docs, reason = "the converter's tests use the rest")]
#[path = "../../../convert/tests/support/ggml.rs"]
mod ggml;

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
}

proptest! {
    #[test]
    fn integers_above_a_minimum_are_nearly_the_same_around_zero((format, name, bytes) in blocks()) {
        if !format.has_minima() {
            return Ok(());
        }
        let group_len = format.group_len();
        let groups = format.groups(&bytes).around_zero();
        let weights = ggml::dequantize(name, &bytes);
        for (index, weights) in weights.chunks(group_len).enumerate() {
            let steps = &groups.steps[index * group_len..][..group_len];
            let scale = groups.scales.units[index];
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
        let [scales, offsets] = [scale, offset].map(|unit| Factors::of_units(vec![unit]));
        let groups = Groups { steps: vec![step; 32], scales, offsets };
        let groups = groups.around_zero();
        assert_eq!(
            groups.steps, [0; 32],
            "{scale} and {offset}: at once, and no number is divided by zero"
        );
        assert_eq!(groups.scales.units, [0.0]);
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
            .zip(groups.scales.iter())
            .flat_map(|(steps, scale)| steps.iter().map(move |step| f32::from(*step) * scale))
            .collect();
        let rounded = |group: &[f32]| -> Vec<f32> {
            let step = group.iter().fold(0.0, |reach: f32, w| reach.max(w.abs())) / 127.0;
            group.iter().map(|weight| (weight / step).round() * step).collect()
        };
        let plain: Vec<f32> = weights.chunks(32).flat_map(rounded).collect();
        let lost = |found: &[f32]| -> f32 {
            found.iter().zip(&weights).map(|(found, weight)| (found - weight).powi(2)).sum()
        };
        let share = (lost(&finer) / lost(&plain)).sqrt();
        assert!(share < 0.8, "{name}: {share} of what rounding loses");
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

#[test]
fn codes_name_formats() {
    for (format, name) in FORMATS {
        assert_eq!(format.code(), ggml::code(name), "the number of {name}");
        assert_eq!(WeightFormat::of_code(format.code()), Some(format));
    }
    assert_eq!(WeightFormat::of_code(4), None, "a format that llama.cpp has given up");
}

#[test]
fn a_scale_that_is_not_finite_is_found() {
    for (format, name) in FORMATS {
        let mut bytes = ggml::random(name, 512, 1.0, &mut fastrand::Rng::with_seed(4));
        assert!(format.has_finite_scales(&bytes), "{name}");
        for offset in 0..format.block_bytes().min(2) {
            let place = bytes.len() - format.block_bytes() + offset;
            bytes[place] = 0xff;
        }
        if name == "Q6_K" {
            bytes.iter_mut().rev().take(2).for_each(|byte| *byte = 0xff);
        }
        let is_found = !format.has_finite_scales(&bytes);
        assert_eq!(is_found, format.integer_bits().is_some(), "the last block of {name}");
    }
}
