//! [`Schemes`]: how the parts of a T5 model are stored.

use pounce_model_format::Quantization;

use crate::weights::bits::Bits;
use crate::weights::scheme::{RowScheme, Scheme};

/// How each part is stored.
///
/// On 100 held-out cases of the embedded model, the distribution of the next token diverges (KL) from
/// that of the unquantized model by 0.0004 for the encoder by columns, by 0.0002 for 8-bit layers of
/// the decoder, by 0.0002 for an 8-bit head, by 0.0007 for all three together, and by 0.013 with 4-bit
/// layers.
pub(super) struct Schemes {
    /// Embedding and head.
    pub(super) vocabulary: RowScheme,
    /// The encoder's layers.
    pub(super) encoder: Scheme,
    /// The decoder's layers.
    pub(super) decoder: RowScheme,
}

impl Schemes {
    /// Returns the schemes of a quantization.
    pub(super) fn new(quantization: Quantization) -> Self {
        let blocks = |bits, max_block| RowScheme::Blocks { bits, max_block };
        // The head gains most from small blocks, because it decides near-ties between two tokens:
        // with 16, the first difference from the reference comes after 94 % of its greedy tokens,
        // with 32 after 63 %. The layers gain less, and large blocks reduce a step from 1.07 ms to
        // 0.8 ms.
        let (vocabulary, decoder) = match quantization {
            Quantization::None => (RowScheme::Float, RowScheme::Float),
            Quantization::Int8 => (blocks(Bits::Eight, 16), blocks(Bits::Eight, 128)),
            Quantization::Int4 => (blocks(Bits::Eight, 16), blocks(Bits::Four, 32)),
        };
        let encoder = match quantization {
            Quantization::None => Scheme::Rows(RowScheme::Float),
            Quantization::Int8 | Quantization::Int4 => Scheme::Columns,
        };
        Self { vocabulary, encoder, decoder }
    }
}
