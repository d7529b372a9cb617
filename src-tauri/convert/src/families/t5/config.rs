//! [`T5Config`]: sizes and switches of a T5 model, from its `config.json`.

use std::path::Path;

use serde::Deserialize;

use crate::error::ConvertError;
use crate::families::one_or_more::OneOrMore;

/// Sizes and switches of one T5 model, checked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct T5Config {
    /// Tokens of the vocabulary, which are rows of the embedding.
    pub(crate) vocab_size: usize,
    /// Width of the residual stream.
    pub(crate) d_model: usize,
    /// Width inside a feed-forward layer.
    pub(crate) d_ff: usize,
    /// Heads of every attention.
    pub(crate) n_heads: usize,
    /// Width of a head (`d_kv`); `n_heads * head_size` need not be `d_model`.
    pub(crate) head_size: usize,
    /// Encoder layers.
    pub(crate) n_encoder_layers: usize,
    /// Decoder layers.
    pub(crate) n_decoder_layers: usize,
    /// Relative-position buckets; in the encoder half of them for each direction.
    pub(crate) n_buckets: usize,
    /// The distance from which on all share the last bucket.
    pub(crate) max_distance: usize,
    /// The number that norms add to the mean square before taking its root.
    pub(crate) norm_epsilon: f32,
    /// The function between the two matrices of a feed-forward layer.
    pub(crate) activation: Activation,
    /// Whether a second matrix gates the first one of a feed-forward layer.
    pub(crate) gated: bool,
    /// Whether the head is the embedding.
    pub(crate) tied_head: bool,
    /// Whether the decoder's last state is multiplied by `d_model^-0.5` before the head.
    pub(crate) scaled_output: bool,
    /// The id that is the first input of the decoder.
    pub(crate) decoder_start: u32,
    /// Ids that end a completion.
    pub(crate) end: Vec<u32>,
    /// The longest input that the model was trained on, in tokens; `None` if the config does not say.
    pub(crate) n_positions: Option<usize>,
}

/// The activation function of a feed-forward layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// `max(0, x)`.
    Relu,
    /// `x * Φ(x)` by the error function.
    Gelu,
    /// `x * Φ(x)`, approximated with tanh; `gelu_new` in checkpoints.
    GeluTanh,
    /// `x * sigmoid(x)`.
    Silu,
}

/// The keys of `config.json`. Optional ones have the defaults of `transformers`.
#[derive(Debug, Deserialize)]
struct RawConfig {
    vocab_size: usize,
    d_model: usize,
    d_kv: usize,
    d_ff: usize,
    num_layers: usize,
    num_decoder_layers: Option<usize>,
    num_heads: usize,
    #[serde(default = "default_buckets")]
    relative_attention_num_buckets: usize,
    #[serde(default = "default_max_distance")]
    relative_attention_max_distance: usize,
    #[serde(default = "default_epsilon")]
    layer_norm_epsilon: f32,
    #[serde(default = "default_projection")]
    feed_forward_proj: String,
    #[serde(default = "default_tied")]
    tie_word_embeddings: bool,
    scale_decoder_outputs: Option<bool>,
    #[serde(default)]
    pad_token_id: u32,
    decoder_start_token_id: Option<u32>,
    #[serde(default = "default_end")]
    eos_token_id: OneOrMore<u32>,
    n_positions: Option<usize>,
}

fn default_buckets() -> usize {
    32
}

fn default_max_distance() -> usize {
    128
}

fn default_epsilon() -> f32 {
    1e-6
}

fn default_projection() -> String {
    "relu".to_owned()
}

fn default_tied() -> bool {
    true
}

fn default_end() -> OneOrMore<u32> {
    OneOrMore::One(1)
}

impl T5Config {
    /// Parses and checks a `config.json`; `path` is for messages.
    pub(crate) fn parse(text: &[u8], path: &Path) -> Result<Self, ConvertError> {
        let raw: RawConfig =
            serde_json::from_slice(text).map_err(|error| ConvertError::damaged(path, error))?;
        let (gated, activation) = feed_forward(&raw.feed_forward_proj)?;
        let config = Self {
            vocab_size: raw.vocab_size,
            d_model: raw.d_model,
            d_ff: raw.d_ff,
            n_heads: raw.num_heads,
            head_size: raw.d_kv,
            n_encoder_layers: raw.num_layers,
            n_decoder_layers: raw.num_decoder_layers.unwrap_or(raw.num_layers),
            n_buckets: raw.relative_attention_num_buckets,
            max_distance: raw.relative_attention_max_distance,
            norm_epsilon: raw.layer_norm_epsilon,
            activation,
            gated,
            tied_head: raw.tie_word_embeddings,
            // Hugging Face scales if and only if the head is tied, unless this newer key is set.
            scaled_output: raw.scale_decoder_outputs.unwrap_or(raw.tie_word_embeddings),
            decoder_start: raw.decoder_start_token_id.unwrap_or(raw.pad_token_id),
            end: raw.eos_token_id.into(),
            n_positions: raw.n_positions,
        };
        config.check()?;
        Ok(config)
    }

    /// Width of all heads together.
    pub(crate) fn inner_size(&self) -> usize {
        self.n_heads * self.head_size
    }

    fn check(&self) -> Result<(), ConvertError> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("d_model", self.d_model),
            ("d_kv", self.head_size),
            ("d_ff", self.d_ff),
            ("num_heads", self.n_heads),
            ("num_layers", self.n_encoder_layers),
            ("num_decoder_layers", self.n_decoder_layers),
        ];
        for (key, size) in sizes {
            // The product of two sizes must not overflow.
            require(key, (1..1 << 24).contains(&size), "must lie between 1 and 16,777,215")?;
        }
        let ids_fit =
            self.end.iter().chain([&self.decoder_start]).all(|&id| (id as usize) < self.vocab_size);
        require("eos_token_id", ids_fit, "or decoder_start_token_id is not below vocab_size")?;
        // ONNX Runtime's GroupQueryAttention refuses others.
        require("d_kv", self.head_size.is_multiple_of(8), "must be a multiple of 8")?;
        let buckets = "relative_attention_num_buckets";
        require(
            buckets,
            self.n_buckets >= 4 && self.n_buckets.is_multiple_of(2),
            "must be even and at least 4",
        )?;
        let max_distance = "relative_attention_max_distance";
        require(
            max_distance,
            self.max_distance > self.n_buckets / 2,
            "must exceed half the number of buckets",
        )
    }
}

fn require(key: &'static str, holds: bool, problem: &str) -> Result<(), ConvertError> {
    if holds { Ok(()) } else { Err(ConvertError::Config { key, problem: problem.to_owned() }) }
}

/// Parses `relu`, `gelu`, `gated-silu` and so on. As in `transformers`, a gated `gelu` is the
/// approximation.
fn feed_forward(projection: &str) -> Result<(bool, Activation), ConvertError> {
    let (gated, name) = match projection.strip_prefix("gated-") {
        Some(name) => (true, name),
        None => (false, projection),
    };
    let activation = match (name, gated) {
        ("relu", _) => Activation::Relu,
        ("gelu", true) | ("gelu_new", _) => Activation::GeluTanh,
        ("gelu", false) => Activation::Gelu,
        ("silu" | "swish", _) => Activation::Silu,
        _ => {
            return Err(ConvertError::Config {
                key: "feed_forward_proj",
                problem: format!("is {projection:?}: relu, gelu and silu are known, also gated"),
            });
        }
    };
    Ok((gated, activation))
}
