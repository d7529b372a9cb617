//! Panels of weights in few bits: their scales, and their weights as bytes.

use std::arch::x86_64::*;

use crate::kernels::block_format::{
    BlockFormat, FIFTH_BITS_PASSES, FIVE_BYTES, HALVES_BYTES, LINE_BYTES, PASS_LINES, PASS_ROWS,
    SIX_BYTES, Width,
};
use crate::kernels::block_matmul::PREFETCH_BYTES;

/// A pass of weights as unsigned bytes.
pub(super) type Pass = [__m512i; PASS_LINES];

/// A width of weights. The layouts are described in [`crate::kernels::block_format`].
pub(super) trait Packed {
    /// Loads pass number `pass` of the block whose weights begin at `block`, and prefetches a later
    /// one.
    ///
    /// # Safety
    /// The block has this width and this pass, and the processor has AVX-512 BW.
    unsafe fn pass(block: *const u8, pass: usize) -> Pass;
}

pub(super) struct Four;
pub(super) struct Five;
pub(super) struct Six;
pub(super) struct Eight;

impl Packed for Four {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    unsafe fn pass(block: *const u8, pass: usize) -> Pass {
        // SAFETY: the caller guarantees that the block has the pass.
        unsafe { halves(block.add(pass * HALVES_BYTES)) }
    }
}

impl Packed for Five {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    unsafe fn pass(block: *const u8, pass: usize) -> Pass {
        let (pair, pass) = (pass / FIFTH_BITS_PASSES, pass % FIFTH_BITS_PASSES);
        // SAFETY: the caller guarantees that the block has the pass.
        let ([a, b, c, d], bits) = unsafe {
            let pair = block.add(pair * FIVE_BYTES);
            (halves(pair.add(LINE_BYTES + pass * HALVES_BYTES)), load(pair))
        };
        let bits = _mm512_srl_epi16(bits, _mm_cvtsi32_si128((pass * PASS_LINES) as i32));
        let mask = _mm512_set1_epi8(0x10);
        [
            with_bits(a, _mm512_slli_epi16::<4>(bits), mask),
            with_bits(b, _mm512_slli_epi16::<3>(bits), mask),
            with_bits(c, _mm512_slli_epi16::<2>(bits), mask),
            with_bits(d, _mm512_slli_epi16::<1>(bits), mask),
        ]
    }
}

impl Packed for Six {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    unsafe fn pass(block: *const u8, pass: usize) -> Pass {
        // SAFETY: the caller guarantees that the block has the pass.
        let ([a, b, c, d], bits) = unsafe {
            let pass = block.add(pass * SIX_BYTES);
            (halves(pass.add(LINE_BYTES)), load(pass))
        };
        let mask = _mm512_set1_epi8(0x30);
        [
            with_bits(a, _mm512_slli_epi16::<4>(bits), mask),
            with_bits(b, _mm512_slli_epi16::<2>(bits), mask),
            with_bits(c, bits, mask),
            with_bits(d, _mm512_srli_epi16::<2>(bits), mask),
        ]
    }
}

impl Packed for Eight {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    unsafe fn pass(block: *const u8, pass: usize) -> Pass {
        let line = |line| block.wrapping_add((pass * PASS_LINES + line) * LINE_BYTES);
        // SAFETY: the caller guarantees that the block has the pass.
        std::array::from_fn(|index| unsafe { load(line(index)) })
    }
}

/// Loads a line, and prefetches a later one.
///
/// # Safety
/// The 64 bytes of the line can be read.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn load(line: *const u8) -> __m512i {
    _mm_prefetch::<_MM_HINT_T0>(line.wrapping_add(PREFETCH_BYTES).cast());
    // SAFETY: the caller guarantees it.
    unsafe { _mm512_loadu_si512(line.cast()) }
}

/// Loads the two lines of halves of a pass, and splits them.
///
/// # Safety
/// The 128 bytes of the lines can be read.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn halves(lines: *const u8) -> Pass {
    let low = _mm512_set1_epi8(0x0f);
    // SAFETY: the caller guarantees it.
    let [first, second] = unsafe { [load(lines), load(lines.add(LINE_BYTES))] };
    [
        _mm512_and_si512(first, low),
        _mm512_and_si512(_mm512_srli_epi16::<4>(first), low),
        _mm512_and_si512(second, low),
        _mm512_and_si512(_mm512_srli_epi16::<4>(second), low),
    ]
}

/// Adds the bits of `bits` that are in `mask` to `weights`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn with_bits(weights: __m512i, bits: __m512i, mask: __m512i) -> __m512i {
    /// `weights | bits & mask` for every combination of their bits.
    const OR_AND: i32 = 0xf8;
    _mm512_ternarylogic_epi32::<OR_AND>(weights, bits, mask)
}

/// Loads the scales of a block's sixteen columns.
///
/// # Safety
/// The scales of this format can be read.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn load_scales(block: *const u8, format: &BlockFormat) -> __m512 {
    // SAFETY: the caller guarantees it.
    unsafe {
        if format.has_half_scales {
            _mm512_cvtph_ps(_mm256_loadu_si256(block.cast()))
        } else {
            _mm512_loadu_ps(block.cast())
        }
    }
}

/// Writes a panel of `n_blocks` blocks to `out` with a byte for each weight.
///
/// # Safety
/// The panel has this format and as many blocks, and `out` has the length of the unpacked panel.
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) unsafe fn unpack_panel(
    panel: *const u8,
    format: BlockFormat,
    n_blocks: usize,
    out: &mut [u8],
) {
    let blocks = out.chunks_exact_mut(format.unpacked().block_len()).take(n_blocks);
    for (index, out) in blocks.enumerate() {
        // SAFETY: the caller guarantees that the panel has the block.
        unsafe {
            let block = panel.add(index * format.block_len());
            match format.width {
                Width::Four => unpack_block::<Four>(block, &format, out),
                Width::Five => unpack_block::<Five>(block, &format, out),
                Width::Six => unpack_block::<Six>(block, &format, out),
                Width::Eight => unpack_block::<Eight>(block, &format, out),
            }
        }
    }
}

/// Writes a block to `out` with a byte for each weight.
///
/// # Safety
/// The block has this format, and `out` has the length of the unpacked block.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn unpack_block<P: Packed>(block: *const u8, format: &BlockFormat, out: &mut [u8]) {
    let (scales, weights) = out.split_at_mut(format.scales_len());
    // SAFETY: the block has scales and passes of this format.
    unsafe {
        scales.as_mut_ptr().copy_from_nonoverlapping(block, scales.len());
        let block = block.add(scales.len());
        let lines = weights.as_chunks_mut::<LINE_BYTES>().0.as_chunks_mut::<PASS_LINES>().0;
        for (pass, out) in lines.iter_mut().enumerate().take(format.block / PASS_ROWS) {
            for (line, out) in P::pass(block, pass).into_iter().zip(out) {
                _mm512_storeu_si512(out.as_mut_ptr().cast(), line);
            }
        }
    }
}
