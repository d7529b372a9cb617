//! [`KeyValuePanels`]: the keys and values of a prompt's tokens, in the order in which the kernels
//! read them.

use crate::kernels::{BF16_PANEL_LEN, F32_PANEL_LEN, HEAD_SIZE, KEYS, Kernels};

/// Panels of 32 tokens, `[n_panels, n_heads]` for keys and as many for values, in words of one
/// `f32` or two `bf16`. The kernels also read the places after the last token and weight them with
/// zero, so those must hold finite numbers.
#[derive(Debug, Default)]
pub(crate) struct KeyValuePanels {
    pub(crate) keys: Vec<u32>,
    pub(crate) values: Vec<u32>,
}

impl KeyValuePanels {
    /// Makes room for `n_tokens` tokens, in panels of `panel_len` words.
    pub(crate) fn reserve(&mut self, n_tokens: usize, n_heads: usize, panel_len: usize) {
        let len = n_tokens.div_ceil(KEYS) * n_heads * panel_len;
        for words in [&mut self.keys, &mut self.values] {
            words.resize(len, 0);
        }
    }
}

/// Words of a panel of one head.
pub(crate) fn panel_len(kernels: Kernels) -> usize {
    if kernels.has_bf16() { BF16_PANEL_LEN } else { F32_PANEL_LEN }
}

/// Stores the keys `projected`, `[n, stride]`, in panels, each `[64 channels, 32 tokens]`. With
/// bf16 a panel is `[32, 32 tokens]` words, each of which holds two neighbouring channels, the
/// first in the lower half.
pub(crate) fn store_keys(kernels: Kernels, projected: &[f32], stride: usize, panels: &mut [u32]) {
    if kernels.has_bf16() {
        for_panels(projected, stride, panels, BF16_PANEL_LEN, |token, head, panel| {
            for (pair, [low, high]) in head.as_chunks().0.iter().enumerate() {
                panel[pair * KEYS + token] = bf16_bits(*low) | bf16_bits(*high) << u16::BITS;
            }
        });
    } else {
        for_panels(projected, stride, panels, F32_PANEL_LEN, |token, head, panel| {
            for (channel, value) in head.iter().enumerate() {
                panel[channel * KEYS + token] = value.to_bits();
            }
        });
    }
}

/// Stores the values `projected`, `[n, stride]`, in panels, each `[32 tokens, 64 channels]`. With
/// bf16 a panel is `[16, 64 channels]` words, each of which holds two neighbouring tokens, the
/// first in the lower half.
pub(crate) fn store_values(kernels: Kernels, projected: &[f32], stride: usize, panels: &mut [u32]) {
    if kernels.has_bf16() {
        for_panels(projected, stride, panels, BF16_PANEL_LEN, |token, head, panel| {
            let shift = token as u32 % 2 * u16::BITS;
            let words = &mut panel[token / 2 * HEAD_SIZE..][..HEAD_SIZE];
            for (word, value) in words.iter_mut().zip(head) {
                *word = *word & !(u32::from(u16::MAX) << shift) | bf16_bits(*value) << shift;
            }
        });
    } else {
        for_panels(projected, stride, panels, F32_PANEL_LEN, |token, head, panel| {
            let words = &mut panel[token * HEAD_SIZE..][..HEAD_SIZE];
            words.iter_mut().zip(head).for_each(|(word, value)| *word = value.to_bits());
        });
    }
}

/// The bits of the bf16 nearest to a finite number; of two equally near ones, the even one.
fn bf16_bits(value: f32) -> u32 {
    let bits = value.to_bits();
    let is_odd = bits >> u16::BITS & 1;
    bits.wrapping_add(0x7fff + is_odd) >> u16::BITS
}

/// Calls `store` for each token and head with the token's index in its panel, the head's part of
/// its row, and the panel.
fn for_panels(
    projected: &[f32],
    stride: usize,
    panels: &mut [u32],
    panel_len: usize,
    store: impl Fn(usize, &[f32], &mut [u32]),
) {
    let n_panels = projected.len().div_ceil(stride * KEYS);
    let panels = panels.chunks_exact_mut(panels.len() / n_panels);
    for (rows, panels) in projected.chunks(stride * KEYS).zip(panels) {
        for (token, row) in rows.chunks_exact(stride).enumerate() {
            let heads = row.chunks_exact(HEAD_SIZE);
            for (head, panel) in heads.zip(panels.chunks_exact_mut(panel_len)) {
                store(token, head, panel);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_rounded_to_the_nearest_bf16() {
        for (value, expected) in
            [(1.0, 1.0), (-0.0, 0.0), (1.003, 1.0), (1.005, 1.007_812_5), (-3.1e7, -3.1e7)]
        {
            let found = f32::from_bits(bf16_bits(value) << u16::BITS);
            assert!((found - expected).abs() <= f32::abs(expected) / 256.0, "{value}: {found}");
            assert!((found - value).abs() <= value.abs() / 256.0, "{value}: {found}");
        }
        let tie = f32::from_bits(0x3f80_8000);
        assert_eq!(bf16_bits(tie), 0x3f80, "a tie goes to the even one");
    }
}
