//! [`TensorNames`]: the names of a model's tensors in Hugging Face's checkpoints and in GGUF files.

/// The end of the names of frequencies in old checkpoints, which follow from the config.
pub(crate) const FREQUENCIES: &str = ".rotary_emb.inv_freq";

/// The names in one kind of checkpoint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TensorNames {
    /// `[vocab_size, d_model]`.
    pub(crate) embedding: &'static str,
    /// `[vocab_size, d_model]`; missing if the embedding is the head.
    pub(crate) head: &'static str,
    /// The norm before the head, `[d_model]`.
    pub(crate) last_norm: &'static str,
    /// The text before the number of a layer.
    layers: &'static str,
    /// The texts after the number, in the order of [`Part`].
    parts: [&'static str; 9],
    /// The factors of the rotation's wavelengths, `[head_size / 2]`.
    pub(crate) rotation_factors: Option<&'static str>,
}

/// A part of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    AttentionNorm,
    Query,
    Key,
    Value,
    AttentionOutput,
    FeedForwardNorm,
    Gate,
    Up,
    Down,
}

impl TensorNames {
    /// The names in Hugging Face's `transformers`.
    pub(crate) const HUGGING_FACE: Self = Self {
        embedding: "model.embed_tokens.weight",
        head: "lm_head.weight",
        last_norm: "model.norm.weight",
        layers: "model.layers.",
        parts: [
            "input_layernorm",
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.o_proj",
            "post_attention_layernorm",
            "mlp.gate_proj",
            "mlp.up_proj",
            "mlp.down_proj",
        ],
        rotation_factors: None,
    };

    /// The names in llama.cpp.
    pub(crate) const GGUF: Self = Self {
        embedding: "token_embd.weight",
        head: "output.weight",
        last_norm: "output_norm.weight",
        layers: "blk.",
        parts: [
            "attn_norm",
            "attn_q",
            "attn_k",
            "attn_v",
            "attn_output",
            "ffn_norm",
            "ffn_gate",
            "ffn_up",
            "ffn_down",
        ],
        rotation_factors: Some("rope_freqs.weight"),
    };

    /// Returns the name of the weights of a part.
    pub(crate) fn weight(&self, layer_idx: usize, part: Part) -> String {
        self.tensor(layer_idx, part, "weight")
    }

    /// Returns the name of the bias of a part, which most parts lack.
    pub(crate) fn bias(&self, layer_idx: usize, part: Part) -> String {
        self.tensor(layer_idx, part, "bias")
    }

    fn tensor(&self, layer_idx: usize, part: Part, kind: &str) -> String {
        format!("{}{layer_idx}.{}.{kind}", self.layers, self.parts[part as usize])
    }
}
