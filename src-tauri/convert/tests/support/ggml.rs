//! The block formats of llama.cpp by their defining formulas, one weight at a time, and random blocks.
//! It shares no code with the converter's reader, which is compared with it.

use half::{bf16, f16};

/// The formats that are supported, by llama.cpp's names.
pub const FORMATS: [&str; 11] =
    ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"];

/// The format's number in a GGUF file.
pub fn code(format: &str) -> u32 {
    let codes = [0, 1, 30, 2, 3, 6, 7, 8, 12, 13, 14];
    codes[FORMATS.iter().position(|it| *it == format).unwrap()]
}

/// Returns the number of weights and of bytes in a block.
pub fn block(format: &str) -> (usize, usize) {
    match format {
        "F32" => (1, 4),
        "F16" | "BF16" => (1, 2),
        "Q4_0" => (32, 2 + 16),
        "Q4_1" => (32, 2 + 2 + 16),
        "Q5_0" => (32, 2 + 4 + 16),
        "Q5_1" => (32, 2 + 2 + 4 + 16),
        "Q8_0" => (32, 2 + 32),
        "Q4_K" => (256, 2 + 2 + 12 + 128),
        "Q5_K" => (256, 2 + 2 + 12 + 32 + 128),
        "Q6_K" => (256, 128 + 64 + 16 + 2),
        _ => panic!("no format {format}"),
    }
}

/// Decodes blocks, one weight at a time.
pub fn dequantize(format: &str, bytes: &[u8]) -> Vec<f32> {
    let (n_weights, n_bytes) = block(format);
    let blocks = bytes.chunks_exact(n_bytes);
    blocks.flat_map(|block| (0..n_weights).map(move |index| weight(format, block, index))).collect()
}

fn half(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// Returns the bits `first..first + count` of a byte.
fn bits(byte: u8, first: usize, count: u32) -> i32 {
    i32::from(byte) >> first & ((1 << count) - 1)
}

fn weight(format: &str, block: &[u8], i: usize) -> f32 {
    let nibble = |start: usize| bits(block[start + i % 16], i / 16 * 4, 4);
    let fifth = |start: usize| bits(block[start + i / 8], i % 8, 1) * 16;
    match format {
        "F32" => f32::from_le_bytes(block.try_into().unwrap()),
        "F16" => half(block, 0),
        "BF16" => bf16::from_le_bytes(block.try_into().unwrap()).to_f32(),
        "Q4_0" => half(block, 0) * (nibble(2) - 8) as f32,
        "Q4_1" => half(block, 0) * nibble(4) as f32 + half(block, 2),
        "Q5_0" => half(block, 0) * (nibble(6) + fifth(2) - 16) as f32,
        "Q5_1" => half(block, 0) * (nibble(8) + fifth(4)) as f32 + half(block, 2),
        "Q8_0" => half(block, 0) * f32::from(block[2 + i] as i8),
        "Q4_K" | "Q5_K" => weight_above_minimum(format, block, i),
        "Q6_K" => {
            let (part, rest) = (i / 128, i % 128);
            let low = bits(block[part * 64 + rest % 64], rest / 64 * 4, 4);
            let high = bits(block[128 + part * 32 + rest % 32], rest / 32 * 2, 2);
            let scale = half(block, 208) * f32::from(block[192 + i / 16] as i8);
            scale * (low + high * 16 - 32) as f32
        }
        _ => panic!("no format {format}"),
    }
}

fn weight_above_minimum(format: &str, block: &[u8], i: usize) -> f32 {
    let (group, packed) = (i / 32, &block[4..16]);
    let (scale, minimum) = if group < 4 {
        (bits(packed[group], 0, 6), bits(packed[group + 4], 0, 6))
    } else {
        let low = packed[group + 4];
        (
            bits(low, 0, 4) + bits(packed[group - 4], 6, 2) * 16,
            bits(low, 4, 4) + bits(packed[group], 6, 2) * 16,
        )
    };
    let (start, fifth) = match format {
        "Q5_K" => (48, bits(block[16 + i % 32], group, 1) * 16),
        _ => (16, 0),
    };
    let quant = bits(block[start + i / 64 * 32 + i % 32], i / 32 % 2 * 4, 4) + fifth;
    half(block, 0) * scale as f32 * quant as f32 - half(block, 2) * minimum as f32
}

/// Returns blocks with random integers, whose weights lie roughly within `-reach..reach`.
pub fn random(format: &str, n_weights: usize, reach: f32, random: &mut fastrand::Rng) -> Vec<u8> {
    let (block_len, n_bytes) = block(format);
    (0..n_weights / block_len).flat_map(|_| random_block(format, n_bytes, reach, random)).collect()
}

fn random_block(format: &str, n_bytes: usize, reach: f32, random: &mut fastrand::Rng) -> Vec<u8> {
    let float = (random.f32() * 2.0 - 1.0) * reach;
    let mut block: Vec<u8> = (0..n_bytes).map(|_| random.u8(..)).collect();
    let mut set = |at: usize, value: f32| {
        block[at..at + 2].copy_from_slice(&f16::from_f32(value).to_le_bytes());
    };
    match format {
        "F32" => return float.to_le_bytes().to_vec(),
        "F16" => return f16::from_f32(float).to_le_bytes().to_vec(),
        "BF16" => return bf16::from_f32(float).to_le_bytes().to_vec(),
        "Q4_0" => set(0, reach / 8.0),
        "Q5_0" => set(0, reach / 16.0),
        "Q8_0" => set(0, reach / 128.0),
        "Q6_K" => set(208, reach / 128.0 / 32.0),
        "Q4_1" | "Q5_1" => {
            set(0, 2.0 * reach / if format == "Q4_1" { 15.0 } else { 31.0 });
            set(2, -reach);
        }
        _ => {
            set(0, 2.0 * reach / 64.0 / if format == "Q4_K" { 15.0 } else { 31.0 });
            set(2, reach / 64.0);
        }
    }
    block
}
