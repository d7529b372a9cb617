//! Panels of weights in few bits: their scales, and their weights as bytes.

use std::arch::x86_64::*;

use super::LANES;
use crate::kernels::block_format::{
    BlockFormat, FIFTH_BITS_PASSES, FIVE_BYTES, HALVES_BYTES, LINE_BYTES, PASS_LINES, PASS_ROWS,
    SIX_BYTES, Scales, UNITS_BYTES, Width,
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

/// Loads the sixteen columns' scales of a block, whose span begins at `span`.
///
/// # Safety
/// The span has this format, and the block.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn load_scales(span: *const u8, format: &BlockFormat, block: usize) -> __m512 {
    // SAFETY: the caller guarantees it.
    unsafe {
        match format.scales {
            Scales::Floats => _mm512_loadu_ps(span.cast()),
            Scales::Halves => load_halves(span),
            Scales::Counts { .. } => load_counts(span, span.add(format.scales_place(block))),
        }
    }
}

/// Loads the sixteen columns' minima of a block, whose span begins at `span`.
///
/// # Safety
/// The span has this format, and the block and minima.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn load_minima(span: *const u8, format: &BlockFormat, block: usize) -> __m512 {
    // SAFETY: the caller guarantees it. Minima follow the scales.
    unsafe {
        match format.scales {
            Scales::Floats => _mm512_loadu_ps(span.cast::<f32>().add(LANES)),
            Scales::Halves => load_halves(span.add(UNITS_BYTES)),
            Scales::Counts { .. } => {
                let counts = span.add(format.scales_place(block) + LANES);
                load_counts(span.add(UNITS_BYTES), counts)
            }
        }
    }
}

/// Loads sixteen 16-bit floats.
///
/// # Safety
/// They can be read.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load_halves(halves: *const u8) -> __m512 {
    // SAFETY: the caller guarantees it.
    unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(halves.cast())) }
}

/// Loads sixteen signed bytes that count the sixteen 16-bit floats `units`.
///
/// # Safety
/// They can be read.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load_counts(units: *const u8, counts: *const u8) -> __m512 {
    // SAFETY: the caller guarantees it.
    let (units, counts) = unsafe { (load_halves(units), _mm_loadu_si128(counts.cast())) };
    _mm512_mul_ps(units, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(counts)))
}

/// Writes a panel of `n_spans` spans to `out` with a byte for each weight.
///
/// # Safety
/// The panel has this format and as many spans, and `out` has the length of the unpacked panel.
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) unsafe fn unpack_panel(
    panel: *const u8,
    format: BlockFormat,
    n_spans: usize,
    out: &mut [u8],
) {
    let n_blocks = format.blocks_of_span();
    let blocks = out.chunks_exact_mut(format.unpacked().span_len()).take(n_spans * n_blocks);
    for (index, out) in blocks.enumerate() {
        // SAFETY: the caller guarantees that the panel has the block.
        unsafe {
            let (span, block) = (panel.add(index / n_blocks * format.span_len()), index % n_blocks);
            match format.width {
                Width::Four => unpack_block::<Four>(span, block, &format, out),
                Width::Five => unpack_block::<Five>(span, block, &format, out),
                Width::Six => unpack_block::<Six>(span, block, &format, out),
                Width::Eight => unpack_block::<Eight>(span, block, &format, out),
            }
        }
    }
}

/// Writes a block of a span to `out` with a byte for each weight.
///
/// # Safety
/// The span has this format and the block, and `out` has the length of the unpacked block.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn unpack_block<P: Packed>(
    span: *const u8,
    block: usize,
    format: &BlockFormat,
    out: &mut [u8],
) {
    let (header, weights) = out.split_at_mut(format.unpacked().scales_len());
    // SAFETY: the span has scales and passes of this format, and the header of an unpacked block has
    // room for as many complete scales.
    unsafe {
        if let Scales::Counts { .. } = format.scales {
            let header = header.as_mut_ptr().cast::<f32>();
            _mm512_storeu_ps(header, load_scales(span, format, block));
            if format.has_minima {
                _mm512_storeu_ps(header.add(LANES), load_minima(span, format, block));
            }
        } else {
            header.as_mut_ptr().copy_from_nonoverlapping(span, header.len());
        }
        let block = span.add(format.scales_len() + block * format.weights_len());
        let lines = weights.as_chunks_mut::<LINE_BYTES>().0.as_chunks_mut::<PASS_LINES>().0;
        for (pass, out) in lines.iter_mut().enumerate().take(format.block / PASS_ROWS) {
            for (line, out) in P::pass(block, pass).into_iter().zip(out) {
                _mm512_storeu_si512(out.as_mut_ptr().cast(), line);
            }
        }
    }
}
