//! [`Bits`]: the width of a quantized weight.

/// The width of a quantized weight, as the operators store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bits {
    /// Two weights in a byte, the first one in the low half. Zero is stored as 8.
    Four,
    /// One weight in a byte. Zero is stored as 128.
    Eight,
}

impl Bits {
    /// The number, as in the operators' attribute `bits`.
    pub(crate) fn count(self) -> usize {
        match self {
            Self::Four => 4,
            Self::Eight => 8,
        }
    }

    /// The number of bytes that this many weights take.
    pub(crate) fn packed_bytes(self, weights: usize) -> usize {
        weights * self.count() / 8
    }
}
