//! [`Dot`]: products of four neighbouring bytes, added up in each 32-bit lane, in the instructions that a processor has.
//!
//! All give the same integers: nothing saturates.

use std::arch::asm;
use std::arch::x86_64::*;

use crate::kernels::quantized_activations::QuantizedActivations;

/// Products of unsigned bytes with signed ones, which must not be -128 but in [`add_part`](Self::add_part).
pub(crate) trait Dot {
    /// Parts that [`add_part`](Self::add_part) takes the bytes in.
    const PARTS: usize;
    /// What [`add_bytes`](Self::add_bytes) takes from every unsigned byte.
    const OFFSET: i32;

    /// All activations of an encoder, four by four: `[n_rows, PARTS, width / 4]`.
    fn fours(rows: &QuantizedActivations) -> &[[u8; 4]];

    /// A part of an encoder's weights.
    ///
    /// # Safety
    /// The processor has AVX2.
    unsafe fn part(weights: __m256i, part: usize) -> __m256i;

    /// Adds a part's products of four activations, the same in every lane, with each lane's weights.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn add_part(sum: __m256i, four: __m256i, weights: __m256i) -> __m256i;

    /// Adds `(unsigned - OFFSET) * signed`, each lane's four.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn add_bytes(sum: __m256i, unsigned: __m256i, signed: __m256i) -> __m256i;

    /// Adds `small * signed`, each lane's four: unsigned bytes of 128 at most.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn add_small(sum: __m256i, small: __m256i, signed: __m256i) -> __m256i;
}

/// AVX-VNNI.
pub(crate) struct AvxVnni;

/// The same of AVX-512: only the encoding differs, so that processors with AVX-512 check what others run.
pub(crate) struct Avx512Vnni;

/// AVX2 alone.
pub(crate) struct Plain;

/// VPDPBUSD as `$encoding`. Written out, because the compiler would give a function for AVX-512 twice as many registers.
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
                // SAFETY: the caller's processor has it, and it changes nothing but `sum`.
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

/// VPMADDWD multiplies words: the even bytes of four, then the odd ones. VPMADDUBSW would take bytes, but adds two
/// products in 16 bits, for which 2 * 255 * 127 is too much.
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
        // Written out, because the compiler would put off adding until it has run out of registers.
        // SAFETY: every processor with AVX2 has both, and they change nothing but `sum`.
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

    /// With 128 taken off, the unsigned byte is a signed one, whose size is one factor and whose sign goes to the
    /// other: two products are 2 * 128 * 127 at most, which 16 bits hold.
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
