//! [`InstructionSet`]: the instructions that there are kernels for.

use std::fmt;

/// Instructions that there are kernels for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstructionSet {
    /// AVX-512 with VNNI: Intel since Ice Lake, AMD since Zen 4.
    Avx512Vnni,
}

impl InstructionSet {
    /// All of them, the fastest first.
    pub const ALL: [Self; 1] = [Self::Avx512Vnni];

    /// The fastest that this processor has; `None` where it has none of them.
    pub fn best() -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.is_here())
    }

    /// Whether this processor has it.
    pub fn is_here(self) -> bool {
        match self {
            Self::Avx512Vnni => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vnni")
                    && is_x86_feature_detected!("fma")
            }
        }
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avx512Vnni => "AVX-512 VNNI",
        })
    }
}
