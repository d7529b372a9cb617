//! Sizes and switches of a model from Hugging Face's `config.json`.

use std::path::Path;

use serde::Deserialize;

use super::config::{LlamaConfig, require, unknown_scaling};
use super::rotation::{Llama3Scaling, Pairs, Rotation, Scaling};
use crate::error::ConvertError;
use crate::families::one_or_more::OneOrMore;

/// The keys of `config.json`. Optional ones have the defaults of `transformers`.
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
    /// Newer versions of `transformers` have base and scaling in one key.
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
    /// Some files have both this key and `type`.
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

/// The base of configs that give none.
const DEFAULT_BASE: f64 = 10_000.0;

/// Parses and checks a `config.json`; `path` is for messages. The token that starts a text is not in
/// it but in the tokenizer's file.
pub(super) fn parse(text: &[u8], path: &Path) -> Result<LlamaConfig, ConvertError> {
    let raw: RawConfig =
        serde_json::from_slice(text).map_err(|error| ConvertError::damaged(path, error))?;
    require(path, raw.hidden_act == "silu", || {
        format!("its activation is {:?}, only silu is supported", raw.hidden_act)
    })?;
    require(path, !raw.use_sliding_window, || {
        "it attends to a sliding window, which is not supported".to_owned()
    })?;
    let n_heads = raw.num_attention_heads;
    LlamaConfig {
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
