//! What is written in a processor's own instructions: AVX-512 with VNNI (Intel since Ice Lake, AMD since Zen 4).
//!
//! [`Vnni`] is the proof that the processor has them; the kernels are its methods, which check that what they are
//! given is as long as they read and write. Nothing outside this folder is unsafe but the weights' memory map.

mod blocks;
mod floats;
mod heads;
mod integers;
mod rounding;
mod softmax;

pub(crate) use blocks::{SignedRows, WeightRows};
pub(crate) use floats::{FloatPanels, HEAD_SIZE, KEYS, PANEL_LEN};
pub(crate) use integers::{Epilogue, Line, PANEL, Panel};

/// Proof that this processor has the instructions of the kernels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Vnni(());

impl Vnni {
    /// `None` where one of them is missing.
    pub(crate) fn detect() -> Option<Self> {
        let has_all = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni")
            && is_x86_feature_detected!("fma");
        has_all.then_some(Self(()))
    }
}

/// Calls a kernel that is compiled for each number of rows up to a limit with the one for `$n`.
macro_rules! for_rows {
    ($n:expr, [$($rows:literal)*], $kernel:ident $arguments:tt) => {
        match $n {
            $($rows => $kernel::<$rows> $arguments,)*
            n => unreachable!("no kernel takes {n} rows at once"),
        }
    };
}
use for_rows;
