//! [`InstructionSet`]: the instruction sets that there are kernels for.

use std::fmt;
use std::str::FromStr;

/// An instruction set that there are kernels for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstructionSet {
    /// AVX-512 with VNNI and BF16: AMD since Zen 4, Intel's servers since Cooper Lake.
    Avx512Bf16,
    /// AVX-512 with VNNI: Intel since Cascade Lake.
    Avx512Vnni,
    /// AVX2 with AVX-VNNI: Intel since Alder Lake.
    AvxVnni,
    /// The kernels of [`AvxVnni`](Self::AvxVnni) with the AVX-512 encoding of VPDPBUSD. It is never
    /// the fastest: it lets tests check those kernels on processors that have AVX-512 but not
    /// AVX-VNNI.
    Avx512VnniBy256,
    /// AVX2 with FMA and F16C: Intel since Haswell, AMD since Zen.
    Avx2,
}

impl InstructionSet {
    /// All instruction sets, the fastest first.
    pub const ALL: [Self; 5] =
        [Self::Avx512Bf16, Self::Avx512Vnni, Self::AvxVnni, Self::Avx512VnniBy256, Self::Avx2];

    /// Returns the fastest one that this processor has; `None` if it has none of them.
    pub fn best() -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.is_supported())
    }

    /// Whether this processor has the instructions.
    pub fn is_supported(self) -> bool {
        let has_avx2 = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c");
        let has_avx512 = || {
            is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
        };
        has_avx2
            && match self {
                Self::Avx512Bf16 => has_avx512() && is_x86_feature_detected!("avx512bf16"),
                Self::Avx512Vnni | Self::Avx512VnniBy256 => has_avx512(),
                Self::AvxVnni => is_x86_feature_detected!("avxvnni"),
                Self::Avx2 => true,
            }
    }

    /// The name that [`FromStr`] takes, for command lines.
    fn id(self) -> &'static str {
        match self {
            Self::Avx512Bf16 => "avx512-bf16",
            Self::Avx512Vnni => "avx512-vnni",
            Self::AvxVnni => "avx-vnni",
            Self::Avx512VnniBy256 => "avx512-vnni-256",
            Self::Avx2 => "avx2",
        }
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avx512Bf16 => "AVX-512 VNNI and BF16",
            Self::Avx512Vnni => "AVX-512 VNNI",
            Self::AvxVnni => "AVX-VNNI",
            Self::Avx512VnniBy256 => "AVX-512 VNNI by 256 bits",
            Self::Avx2 => "AVX2",
        })
    }
}

impl FromStr for InstructionSet {
    type Err = String;

    fn from_str(id: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|set| set.id() == id);
        found.ok_or_else(|| {
            format!(
                "unknown instruction set {id:?}: choose one of {}",
                Self::ALL.map(Self::id).join(", ")
            )
        })
    }
}
