//! Sizes and switches of a Llama- or Qwen2-type model, checked; and how Hugging Face's
//! `config.json` writes them.

use std::path::Path;

use serde::Deserialize;

use crate::error::ConvertError;
use crate::llama::rotation::{Llama3Scaling, Pairs, Rotation, Scaling};
use crate::one_or_more::OneOrMore;

/// Sizes and switches of one model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LlamaConfig {
    /// Rows of the embedding.
    pub(crate) vocab_size: usize,
    /// Width of the residual stream.
    pub(crate) d_model: usize,
    /// Width inside a feed-forward layer.
    pub(crate) d_ff: usize,
    /// Query heads.
    pub(crate) n_heads: usize,
    /// Key and value heads; a divisor of the former.
    pub(crate) n_kv_heads: usize,
    /// Width of a head; `n_heads * head_size` need not be `d_model`.
    pub(crate) head_size: usize,
    /// Layers.
    pub(crate) n_layers: usize,
    /// Added to the mean square before its root is taken.
    pub(crate) norm_epsilon: f32,
    /// How positions turn queries and keys.
    pub(crate) rotation: Rotation,
    /// The head is the embedding.
    pub(crate) tied_head: bool,
    /// The longest sequence the model was made for.
    pub(crate) context_len: usize,
    /// The first token of every text, if the model was trained with one.
    pub(crate) text_start: Option<u32>,
    /// Ends a text.
    pub(crate) end: Vec<u32>,
}

/// Four times what the widest known models have; tables of rotations are made for it before any weight is read.
const MAX_HEAD_SIZE: usize = 1024;

impl LlamaConfig {
    /// Refuses sizes that no model has; `path` is the file that gives them.
    pub(crate) fn check(self, path: &Path) -> Result<Self, ConvertError> {
        let sizes = [
            ("vocabulary", self.vocab_size),
            ("hidden size", self.d_model),
            ("feed-forward size", self.d_ff),
            ("number of heads", self.n_heads),
            ("number of key-value heads", self.n_kv_heads),
            ("head size", self.head_size),
            ("number of layers", self.n_layers),
            ("context length", self.context_len),
        ];
        for (name, size) in sizes {
            // Keeps every product of two of them far away from an overflow.
            let fits = (1..1 << 24).contains(&size);
            require(path, fits, || format!("its {name} is {size}, which no model has"))?;
        }
        let LlamaConfig { n_heads, n_kv_heads, head_size, .. } = self;
        require(path, n_heads.is_multiple_of(n_kv_heads), || {
            format!("{n_heads} heads cannot share {n_kv_heads} key-value heads evenly")
        })?;
        // ONNX Runtime's GroupQueryAttention turns heads in pieces of 16.
        require(path, head_size.is_multiple_of(16) && head_size <= MAX_HEAD_SIZE, || {
            format!(
                "its head size is {head_size}, a multiple of 16 up to {MAX_HEAD_SIZE} is needed"
            )
        })?;
        let (epsilon, base) = (self.norm_epsilon, self.rotation.base);
        let are_sound = epsilon >= 0.0 && epsilon.is_finite() && base > 0.0 && base.is_normal();
        require(path, are_sound, || {
            format!("its norm epsilon {epsilon} or rotation base {base} is none that a model has")
        })?;
        let ids = self.end.iter().chain(&self.text_start);
        let foreign = ids.copied().find(|&id| id as usize >= self.vocab_size);
        require(path, foreign.is_none(), || {
            format!("a special token has the id {}, beyond the vocabulary", foreign.unwrap_or(0))
        })?;
        Ok(self)
    }
}

fn require(path: &Path, holds: bool, problem: impl FnOnce() -> String) -> Result<(), ConvertError> {
    if holds {
        return Ok(());
    }
    Err(ConvertError::Unsupported { path: path.to_owned(), problem: problem() })
}

/// The keys of `config.json` as Hugging Face writes them.
#[derive(Debug, Deserialize)]
struct RawConfig {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    #[serde(default = "default_activation")]
    hidden_act: String,
    #[serde(default = "default_epsilon")]
    rms_norm_eps: f32,
    rope_theta: Option<f64>,
    rope_scaling: Option<RawScaling>,
    /// Newer versions put both into one.
    rope_parameters: Option<RawScaling>,
    #[serde(default = "default_context")]
    max_position_embeddings: usize,
    #[serde(default)]
    tie_word_embeddings: bool,
    #[serde(default)]
    use_sliding_window: bool,
    eos_token_id: Option<OneOrMore<u32>>,
}

#[derive(Debug, Clone, Deserialize)]
struct RawScaling {
    /// Some files have it by both names.
    rope_type: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    rope_theta: Option<f64>,
    factor: Option<f64>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    original_max_position_embeddings: Option<f64>,
}

fn default_activation() -> String {
    "silu".to_owned()
}

fn default_epsilon() -> f32 {
    1e-6
}

fn default_context() -> usize {
    2048
}

/// The base of Hugging Face's configs that give none.
const DEFAULT_BASE: f64 = 10_000.0;

impl LlamaConfig {
    /// Reads and checks the text of a `config.json`; `path` is for messages. Which token starts a
    /// text is in the tokenizer's file.
    pub(crate) fn parse(text: &[u8], path: &Path) -> Result<Self, ConvertError> {
        let raw: RawConfig =
            serde_json::from_slice(text).map_err(|error| ConvertError::damaged(path, error))?;
        require(path, raw.hidden_act == "silu", || {
            format!("its activation is {:?}, only silu is supported", raw.hidden_act)
        })?;
        require(path, !raw.use_sliding_window, || {
            "it attends to a sliding window, which is not supported".to_owned()
        })?;
        let n_heads = raw.num_attention_heads;
        Self {
            vocab_size: raw.vocab_size,
            d_model: raw.hidden_size,
            d_ff: raw.intermediate_size,
            n_heads,
            n_kv_heads: raw.num_key_value_heads.unwrap_or(n_heads),
            head_size: raw.head_dim.unwrap_or(raw.hidden_size / n_heads.max(1)),
            n_layers: raw.num_hidden_layers,
            norm_epsilon: raw.rms_norm_eps,
            rotation: raw.rotation(path)?,
            tied_head: raw.tie_word_embeddings,
            context_len: raw.max_position_embeddings,
            text_start: None,
            end: raw.eos_token_id.map_or_else(Vec::new, Vec::from),
        }
        .check(path)
    }
}

impl RawConfig {
    fn rotation(&self, path: &Path) -> Result<Rotation, ConvertError> {
        let raw = self.rope_parameters.as_ref().or(self.rope_scaling.as_ref());
        let base = self.rope_theta.or(raw.and_then(|raw| raw.rope_theta)).unwrap_or(DEFAULT_BASE);
        let scaling = raw.map_or(Ok(Scaling::Unscaled), |raw| raw.scaling(path))?;
        Ok(Rotation { base, scaling, pairs: Pairs::Halves })
    }
}

impl RawScaling {
    fn scaling(&self, path: &Path) -> Result<Scaling, ConvertError> {
        let kind = self.rope_type.as_deref().or(self.kind.as_deref()).unwrap_or("default");
        let parameter = |name: &str, value: Option<f64>| {
            let problem = format!("its rope scaling {kind:?} gives no {name}");
            value
                .filter(|value| *value > 0.0)
                .ok_or_else(|| ConvertError::Unsupported { path: path.to_owned(), problem })
        };
        match kind {
            "default" => Ok(Scaling::Unscaled),
            "linear" => parameter("factor", self.factor).map(Scaling::Linear),
            "llama3" => Ok(Scaling::Llama3(Llama3Scaling {
                factor: parameter("factor", self.factor)?,
                low_freq_factor: parameter("low_freq_factor", self.low_freq_factor)?,
                high_freq_factor: parameter("high_freq_factor", self.high_freq_factor)?,
                original_max_position_embeddings: parameter(
                    "original_max_position_embeddings",
                    self.original_max_position_embeddings,
                )?,
            })),
            other => Err(unknown_scaling(path, other)),
        }
    }
}

/// Positions are scaled in a way that is not known.
pub(crate) fn unknown_scaling(path: &Path, kind: &str) -> ConvertError {
    let problem = format!("its rope scaling is {kind:?}, only linear and llama3 are supported");
    ConvertError::Unsupported { path: path.to_owned(), problem }
}
