//! [`Tier`]: the size class of a model.

use serde::{Deserialize, Serialize};

/// The size class of a model: larger ones know more and are slower. The router asks for a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Tier {
    /// Below about 150 million parameters.
    Small,
    /// Up to about 400 million parameters.
    Medium,
    /// More parameters than that.
    Large,
}

impl Tier {
    /// The tier of a model that is not in the catalogue, by the bytes of its files: at 8 bits, a
    /// parameter is a byte.
    pub fn of_size(size_bytes: u64) -> Self {
        match size_bytes {
            0..150_000_000 => Self::Small,
            150_000_000..400_000_000 => Self::Medium,
            _ => Self::Large,
        }
    }

    /// 0 for small to 2 for large.
    pub fn rank(self) -> u8 {
        self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_models_are_ranked_by_size() {
        assert_eq!(Tier::of_size(46_000_000), Tier::Small, "the embedded model's size");
        assert_eq!(Tier::of_size(220_000_000), Tier::Medium, "codet5p-220m at 8 bits");
        assert_eq!(Tier::of_size(500_000_000), Tier::Large);
        assert!(Tier::Small < Tier::Large);
    }
}
