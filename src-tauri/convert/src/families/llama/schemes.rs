//! [`Schemes`]: how the parts of a decoder-only model are stored.

use pounce_model_format::Quantization;

use crate::weights::bits::Bits;
use crate::weights::scheme::RowScheme;

/// How each part is stored.
pub(super) struct Schemes {
    /// Embedding and head.
    pub(super) vocabulary: RowScheme,
    /// All layers.
    pub(super) layers: RowScheme,
}

impl Schemes {
    /// Returns the schemes of a quantization.
    pub(super) fn new(quantization: Quantization) -> Self {
        // Blocks are as small as llama.cpp's, because the activations of these models have outliers,
        // and each one coarsens the quantization of its whole block.
        let blocks = |bits| RowScheme::Blocks { bits, max_block: 32 };
        let (vocabulary, layers) = match quantization {
            Quantization::None => (RowScheme::Float, RowScheme::Float),
            Quantization::Int8 => (blocks(Bits::Eight), blocks(Bits::Eight)),
            Quantization::Int4 => (blocks(Bits::Eight), blocks(Bits::Four)),
        };
        Self { vocabulary, layers }
    }
}
