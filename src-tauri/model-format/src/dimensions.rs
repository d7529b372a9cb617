//! [`Dimensions`]: the sizes of a model's tensors.

use serde::{Deserialize, Serialize};

/// Tensor sizes, as counts and not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimensions {
    /// Width of the logits. All ids of the tokenizer are below it.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub d_model: usize,
    /// Query heads of an attention layer.
    pub n_heads: usize,
    /// Key and value heads of the decoder's self-attention; equals `n_heads` without grouping.
    pub n_kv_heads: usize,
    /// Width of one head.
    pub head_size: usize,
    /// Encoder layers; 0 for decoder-only models.
    pub n_encoder_layers: usize,
    /// Decoder layers: the number of key and value caches.
    pub n_decoder_layers: usize,
    /// The longest sequence that either graph accepts, in tokens.
    pub max_seq_len: usize,
    /// The longest prompt that the model was trained on, in tokens. Longer prompts are clipped to it.
    pub max_prompt_len: usize,
}

/// Larger than in any model, and small enough that the product of two sizes does not overflow.
pub(crate) const MAX_SIZE: usize = 1 << 24;

impl Dimensions {
    /// The sizes that are at least 1 in every model, with their names.
    pub(crate) fn sizes(&self) -> [(&'static str, usize); 8] {
        [
            ("vocab_size", self.vocab_size),
            ("d_model", self.d_model),
            ("n_heads", self.n_heads),
            ("n_kv_heads", self.n_kv_heads),
            ("head_size", self.head_size),
            ("n_decoder_layers", self.n_decoder_layers),
            ("max_seq_len", self.max_seq_len),
            ("max_prompt_len", self.max_prompt_len),
        ]
    }
}
