//! Panels of weights in few bits: their scales, and their weights as bytes.

use std::arch::x86_64::*;

use super::dot::Dot;
use super::f32x16::{self, F32x16};
use super::{LANES, PAIR};
use crate::kernels::block_activations::COLUMNS;
use crate::kernels::block_format::{
    BlockFormat, FIFTH_BITS_PASSES, FIVE_BYTES, HALVES_BYTES, LINE_BYTES, PASS_LINES, PASS_ROWS,
    SIX_BYTES, Scales, UNITS_BYTES, Width,
};
use crate::kernels::block_matmul::PREFETCH_BYTES;

/// A line of 64 unsigned bytes.
pub(super) type Line = [__m256i; PAIR];
/// A pass of weights as unsigned bytes.
pub(super) type Pass = [Line; PASS_LINES];

/// A width of weights. The layouts are described in [`crate::kernels::block_format`].
pub(super) trait Packed {
    /// Whether weights are at most 128, which [`Dot::add_small`] takes.
    const IS_SMALL: bool = true;

    /// Loads pass number `pass` of the block whose weights begin at `block`, and prefetches a later
    /// one.
    ///
    /// # Safety
    /// The block has this width and this pass, and the processor has AVX2.
    unsafe fn pass(block: *const u8, pass: usize) -> Pass;

    /// What [`add`](Self::add) subtracts from every weight.
    fn offset<D: Dot>() -> i32 {
        if Self::IS_SMALL { 0 } else { D::OFFSET }
    }

    /// Adds each lane's four products `(weight - offset) * signed`.
    ///
    /// # Safety
    /// The processor has the instructions of `D`.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn add<D: Dot>(sum: __m256i, weights: __m256i, signed: __m256i) -> __m256i {
        // SAFETY: the caller's processor has the instructions.
        unsafe {
            if Self::IS_SMALL {
                D::add_small(sum, weights, signed)
            } else {
                D::add_bytes(sum, weights, signed)
            }
        }
    }
}

pub(super) struct Four;
pub(super) struct Five;
pub(super) struct Six;
pub(super) struct Eight;
/// Weights of a smaller width that were unpacked to bytes.
pub(super) struct Unpacked;

impl Packed for Four {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn pass(block: *const u8, pass: usize) -> Pass {
        // SAFETY: the caller guarantees that the block has the pass.
        unsafe { halves(block.add(pass * HALVES_BYTES)) }
    }
}

impl Packed for Five {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn pass(block: *const u8, pass: usize) -> Pass {
        let (pair, pass) = (pass / FIFTH_BITS_PASSES, pass % FIFTH_BITS_PASSES);
        // SAFETY: the caller guarantees that the block has the pass.
        let (halves, bits) = unsafe {
            let pair = block.add(pair * FIVE_BYTES);
            (halves(pair.add(LINE_BYTES + pass * HALVES_BYTES)), load_line(pair))
        };
        let count = _mm_cvtsi32_si128((pass * PASS_LINES) as i32);
        let bits = bits.map(|bits| _mm256_srl_epi16(bits, count));
        let mask = _mm256_set1_epi8(0x10);
        let [a, b, c, d] = halves;
        [
            with_bits(a, bits.map(|bits| _mm256_slli_epi16::<4>(bits)), mask),
            with_bits(b, bits.map(|bits| _mm256_slli_epi16::<3>(bits)), mask),
            with_bits(c, bits.map(|bits| _mm256_slli_epi16::<2>(bits)), mask),
            with_bits(d, bits.map(|bits| _mm256_slli_epi16::<1>(bits)), mask),
        ]
    }
}

impl Packed for Six {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn pass(block: *const u8, pass: usize) -> Pass {
        // SAFETY: the caller guarantees that the block has the pass.
        let (halves, bits) = unsafe {
            let pass = block.add(pass * SIX_BYTES);
            (halves(pass.add(LINE_BYTES)), load_line(pass))
        };
        let mask = _mm256_set1_epi8(0x30);
        let [a, b, c, d] = halves;
        [
            with_bits(a, bits.map(|bits| _mm256_slli_epi16::<4>(bits)), mask),
            with_bits(b, bits.map(|bits| _mm256_slli_epi16::<2>(bits)), mask),
            with_bits(c, bits, mask),
            with_bits(d, bits.map(|bits| _mm256_srli_epi16::<2>(bits)), mask),
        ]
    }
}

impl Packed for Eight {
    const IS_SMALL: bool = false;

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn pass(block: *const u8, pass: usize) -> Pass {
        let line = |line| block.wrapping_add((pass * PASS_LINES + line) * LINE_BYTES);
        // SAFETY: the caller guarantees that the block has the pass.
        std::array::from_fn(|index| unsafe { load_line(line(index)) })
    }
}

impl Packed for Unpacked {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn pass(block: *const u8, pass: usize) -> Pass {
        // SAFETY: as above.
        unsafe { Eight::pass(block, pass) }
    }
}

/// Loads a line of weights, and prefetches a later one.
///
/// # Safety
/// The 64 bytes of the line can be read.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn load_line(line: *const u8) -> Line {
    _mm_prefetch::<_MM_HINT_T0>(line.wrapping_add(PREFETCH_BYTES).cast());
    // SAFETY: the caller guarantees it.
    std::array::from_fn(|half| unsafe { _mm256_loadu_si256(line.cast::<__m256i>().add(half)) })
}

/// Loads the two lines of halves of a pass, and splits them.
///
/// # Safety
/// The 128 bytes of the lines can be read.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn halves(lines: *const u8) -> Pass {
    let low = _mm256_set1_epi8(0x0f);
    let lower = |line: Line| line.map(|bytes| _mm256_and_si256(bytes, low));
    let upper = |line: Line| lower(line.map(|bytes| _mm256_srli_epi16::<4>(bytes)));
    // SAFETY: the caller guarantees it.
    let [first, second] = unsafe { [load_line(lines), load_line(lines.add(LINE_BYTES))] };
    [lower(first), upper(first), lower(second), upper(second)]
}

/// Adds the bits of `bits` that are in `mask` to `weights`.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn with_bits(weights: Line, bits: Line, mask: __m256i) -> Line {
    std::array::from_fn(|half| _mm256_or_si256(weights[half], _mm256_and_si256(bits[half], mask)))
}

/// Loads the sixteen columns' scales of a block, whose span begins at `span`.
///
/// # Safety
/// The span has this format, and the block.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn load_scales(span: *const u8, format: &BlockFormat, block: usize) -> F32x16 {
    // SAFETY: the caller guarantees it.
    unsafe {
        match format.scales {
            Scales::Floats => load_floats(span),
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
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn load_minima(span: *const u8, format: &BlockFormat, block: usize) -> F32x16 {
    // SAFETY: the caller guarantees it. Minima follow the scales.
    unsafe {
        match format.scales {
            Scales::Floats => load_floats(span.add(COLUMNS * size_of::<f32>())),
            Scales::Halves => load_halves(span.add(UNITS_BYTES)),
            Scales::Counts { .. } => {
                let counts = span.add(format.scales_place(block) + COLUMNS);
                load_counts(span.add(UNITS_BYTES), counts)
            }
        }
    }
}

/// Loads sixteen floats.
///
/// # Safety
/// They can be read.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn load_floats(floats: *const u8) -> F32x16 {
    // SAFETY: the caller guarantees it.
    f32x16::load(&unsafe { floats.cast::<[f32; COLUMNS]>().read_unaligned() })
}

/// Loads sixteen 16-bit floats.
///
/// # Safety
/// They can be read.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn load_halves(halves: *const u8) -> F32x16 {
    // SAFETY: the caller guarantees it.
    let halves = unsafe { halves.cast::<[__m128i; PAIR]>().read_unaligned() };
    halves.map(|halves| _mm256_cvtph_ps(halves))
}

/// Loads sixteen signed bytes that count the sixteen 16-bit floats `units`.
///
/// # Safety
/// They can be read.
#[inline]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn load_counts(units: *const u8, counts: *const u8) -> F32x16 {
    // SAFETY: the caller guarantees it.
    let (units, counts) = unsafe { (load_halves(units), _mm_loadu_si128(counts.cast())) };
    let counts = [counts, _mm_unpackhi_epi64(counts, counts)];
    std::array::from_fn(|half| {
        let counts = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(counts[half]));
        _mm256_mul_ps(units[half], counts)
    })
}

/// Writes a panel of `n_spans` spans to `out` with a byte for each weight.
///
/// # Safety
/// The panel has this format and as many spans, and `out` has the length of the unpacked panel.
#[target_feature(enable = "avx2,fma,f16c")]
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
#[target_feature(enable = "avx2,fma,f16c")]
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
            let header = header.as_mut_ptr().cast::<F32x16>();
            header.write_unaligned(load_scales(span, format, block));
            if format.has_minima {
                header.add(1).write_unaligned(load_minima(span, format, block));
            }
        } else {
            header.as_mut_ptr().copy_from_nonoverlapping(span, header.len());
        }
        let block = span.add(format.scales_len() + block * format.weights_len());
        let lines = weights.as_chunks_mut::<LINE_BYTES>().0.as_chunks_mut::<PASS_LINES>().0;
        for (pass, out) in lines.iter_mut().enumerate().take(format.block / PASS_ROWS) {
            for (line, out) in P::pass(block, pass).into_iter().zip(out) {
                for (half, bytes) in line.into_iter().enumerate() {
                    let out = out[half * LANES * size_of::<i32>()..].as_mut_ptr();
                    _mm256_storeu_si256(out.cast(), bytes);
                }
            }
        }
    }
}
