//! [`Dot`]: products of four neighbouring bytes, added up in each 32-bit lane.
//!
//! All implementations return the same integers, because no intermediate result saturates.

use std::arch::asm;
use std::arch::x86_64::*;

use crate::kernels::quantized_activations::QuantizedActivations;

/// Products of unsigned bytes with signed bytes. The signed ones must not be -128, except in
/// [`add_part`](Self::add_part).
pub(crate) trait Dot {
    /// Number of parts into which the bytes are split for [`add_part`](Self::add_part).
    const PARTS: usize;
    /// What [`add_bytes`](Self::add_bytes) subtracts from every unsigned byte.
    const OFFSET: i32;

    /// The activations for [`add_part`](Self::add_part), in groups of four bytes:
    /// `[n_rows, PARTS, width / 4]`.
    fn fours(rows: &QuantizedActivations) -> &[[u8; 4]];

    /// Extracts one part of the weights for [`add_part`](Self::add_part).
    ///
    /// # Safety
    /// The processor has AVX2.
    unsafe fn part(weights: __m256i, part: usize) -> __m256i;

    /// Adds one part of the products of four activations, which are the same in every lane, with
    /// each lane's weights.
    ///
    /// # Safety
    /// The processor has the instructions of the implementation.
    unsafe fn add_part(sum: __m256i, four: __m256i, weights: __m256i) -> __m256i;

    /// Adds each lane's four products `(unsigned - OFFSET) * signed`.
    ///
    /// # Safety
    /// The processor has the instructions of the implementation.
    unsafe fn add_bytes(sum: __m256i, unsigned: __m256i, signed: __m256i) -> __m256i;

    /// Adds each lane's four products `small * signed`. The unsigned bytes `small` must be at most
    /// 128.
    ///
    /// # Safety
    /// The processor has the instructions of the implementation.
    unsafe fn add_small(sum: __m256i, small: __m256i, signed: __m256i) -> __m256i;
}

/// VPDPBUSD of AVX-VNNI.
pub(crate) struct AvxVnni;

/// VPDPBUSD of AVX-512 on 256 bits. Only the encoding differs, so that processors with AVX-512 can
/// check the kernels of AVX-VNNI.
pub(crate) struct Avx512Vnni;

/// AVX2 without VNNI.
pub(crate) struct Plain;

/// Implements [`Dot`] by VPDPBUSD in `$encoding`. It is inline assembly because a function with the
/// target features of AVX-512 would be compiled for twice as many registers.
macro_rules! vnni {
    ($name:ty, $encoding:literal) => {
        impl Dot for $name {
            const PARTS: usize = 1;
            const OFFSET: i32 = 0;

            fn fours(rows: &QuantizedActivations) -> &[[u8; 4]] {
                rows.quants().as_chunks().0
            }

            #[inline]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn part(weights: __m256i, _: usize) -> __m256i {
                weights
            }

            #[inline]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn add_part(sum: __m256i, four: __m256i, weights: __m256i) -> __m256i {
                // SAFETY: the caller's processor has the instructions.
                unsafe { Self::add_bytes(sum, four, weights) }
            }

            #[inline]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn add_bytes(mut sum: __m256i, unsigned: __m256i, signed: __m256i) -> __m256i {
                // SAFETY: the caller's processor has the instruction, and it changes nothing but
                // `sum`.
                unsafe {
                    asm!(
                        concat!($encoding, " vpdpbusd {}, {}, {}"),
                        inout(ymm_reg) sum,
                        in(ymm_reg) unsigned,
                        in(ymm_reg) signed,
                        options(pure, nomem, nostack, preserves_flags),
                    );
                }
                sum
            }

            #[inline]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn add_small(sum: __m256i, small: __m256i, signed: __m256i) -> __m256i {
                // SAFETY: the caller's processor has the instructions.
                unsafe { Self::add_bytes(sum, small, signed) }
            }
        }
    };
}
vnni!(AvxVnni, "{{vex}}");
vnni!(Avx512Vnni, "{{evex}}");

/// VPMADDWD multiplies 16-bit words, so each group of four bytes is split into two parts: its first
/// and third byte, then its second and fourth byte. VPMADDUBSW would multiply bytes, but adds two
/// products in 16 bits, which 2 * 255 * 127 exceeds.
impl Dot for Plain {
    const PARTS: usize = 2;
    const OFFSET: i32 = 128;

    fn fours(rows: &QuantizedActivations) -> &[[u8; 4]] {
        rows.words()
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn part(weights: __m256i, part: usize) -> __m256i {
        let high = if part == 0 { _mm256_slli_epi16::<8>(weights) } else { weights };
        _mm256_srai_epi16::<8>(high)
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn add_part(mut sum: __m256i, four: __m256i, weights: __m256i) -> __m256i {
        // Inline assembly, because the compiler would delay the additions until it runs out of
        // registers.
        // SAFETY: every processor with AVX2 has both instructions, and they change nothing but
        // `sum` and `products`.
        unsafe {
            asm!(
                "vpmaddwd {products}, {four}, {weights}",
                "vpaddd {sum}, {sum}, {products}",
                products = out(ymm_reg) _,
                four = in(ymm_reg) four,
                weights = in(ymm_reg) weights,
                sum = inout(ymm_reg) sum,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
        sum
    }

    /// Subtracting 128 turns the unsigned byte into a signed one. Its absolute value is one factor,
    /// and its sign moves to the other. Then two products are at most 2 * 128 * 127, which fits
    /// into 16 bits.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn add_bytes(sum: __m256i, unsigned: __m256i, signed: __m256i) -> __m256i {
        let centred = _mm256_xor_si256(unsigned, _mm256_set1_epi8(i8::MIN));
        let (size, signed) = (_mm256_abs_epi8(centred), _mm256_sign_epi8(signed, centred));
        // SAFETY: the caller's processor has the instructions.
        unsafe { Self::add_small(sum, size, signed) }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn add_small(sum: __m256i, small: __m256i, signed: __m256i) -> __m256i {
        let pairs = _mm256_maddubs_epi16(small, signed);
        _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
    }
}
