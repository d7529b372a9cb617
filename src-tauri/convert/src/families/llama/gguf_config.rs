//! Sizes and switches of a model from the metadata of a GGUF file.

use super::config::{LlamaConfig, unknown_scaling};
use super::rotation::{Pairs, Rotation, Scaling};
use super::tensor_names::TensorNames;
use crate::checkpoint::Checkpoint;
use crate::checkpoint::gguf::metadata::Metadata;
use crate::error::ConvertError;

/// The base of files that give none, as in llama.cpp.
const DEFAULT_BASE: f64 = 10_000.0;
/// The epsilon of files that give none, as in llama.cpp.
const DEFAULT_EPSILON: f64 = 1e-5;

/// Reads and checks the metadata of an `architecture`, which is `llama` or `qwen2`.
pub(super) fn read(
    metadata: &Metadata,
    checkpoint: &Checkpoint,
    architecture: &str,
) -> Result<LlamaConfig, ConvertError> {
    let keys = Keys { metadata, architecture };
    keys.refuse_experts()?;
    let (d_model, n_heads) = (keys.size("embedding_length")?, keys.size("attention.head_count")?);
    let head_size = keys.optional_size("attention.key_length")?;
    let head_size = head_size.unwrap_or(d_model / n_heads.max(1));
    let names = &TensorNames::GGUF;
    let embedding = checkpoint.find(names.embedding);
    let vocab_size = metadata.require(names.embedding, embedding.map(|it| it.shape[0]))?;
    LlamaConfig {
        vocab_size,
        d_model,
        d_ff: keys.size("feed_forward_length")?,
        n_heads,
        n_kv_heads: keys.optional_size("attention.head_count_kv")?.unwrap_or(n_heads),
        head_size,
        n_layers: keys.size("block_count")?,
        norm_epsilon: keys.float("attention.layer_norm_rms_epsilon")?.unwrap_or(DEFAULT_EPSILON)
            as f32,
        rotation: keys.rotation(head_size)?,
        tied_head: checkpoint.find(names.head).is_none(),
        context_len: keys.size("context_length")?,
        text_start: keys.text_start()?,
        end: keys.end()?,
    }
    .check(metadata.path())
}

/// The keys of one architecture, which begin with its name.
struct Keys<'a> {
    metadata: &'a Metadata,
    architecture: &'a str,
}

impl Keys<'_> {
    fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.architecture)
    }

    fn optional_size(&self, name: &str) -> Result<Option<usize>, ConvertError> {
        let size = self.metadata.integer(&self.key(name))?;
        // A size that does not fit fails the check of the config.
        Ok(size.map(|size| usize::try_from(size).unwrap_or(usize::MAX)))
    }

    fn size(&self, name: &str) -> Result<usize, ConvertError> {
        self.metadata.require(&self.key(name), self.optional_size(name)?)
    }

    fn float(&self, name: &str) -> Result<Option<f64>, ConvertError> {
        self.metadata.float(&self.key(name))
    }

    fn unsupported(&self, problem: String) -> ConvertError {
        ConvertError::Unsupported { path: self.metadata.path().to_owned(), problem }
    }

    fn refuse_experts(&self) -> Result<(), ConvertError> {
        match self.optional_size("expert_count")? {
            None | Some(0) => Ok(()),
            Some(count) => {
                Err(self
                    .unsupported(format!("it is a mixture of {count} experts: use a dense model")))
            }
        }
    }

    fn rotation(&self, head_size: usize) -> Result<Rotation, ConvertError> {
        match self.optional_size("rope.dimension_count")? {
            Some(size) if size != head_size => {
                let problem = format!("it turns {size} of {head_size} channels of a head");
                return Err(self.unsupported(format!("{problem}: only whole heads are supported")));
            }
            _ => {}
        }
        Ok(Rotation {
            base: self.float("rope.freq_base")?.unwrap_or(DEFAULT_BASE),
            scaling: self.scaling()?,
            pairs: if self.architecture == "llama" { Pairs::Neighbours } else { Pairs::Halves },
        })
    }

    /// Llama 3.1's scaling is not here but in a tensor of factors.
    fn scaling(&self) -> Result<Scaling, ConvertError> {
        // Older files have another name for the factor, or no type, which means linear.
        let factor = match self.float("rope.scaling.factor")? {
            Some(factor) => Some(factor),
            None => self.float("rope.scale_linear")?,
        };
        let factor = factor.filter(|factor| *factor > 0.0);
        let kind = self.metadata.text(&self.key("rope.scaling.type"))?;
        match (kind.unwrap_or("linear"), factor) {
            ("none", _) | ("linear", None) => Ok(Scaling::Unscaled),
            ("linear", Some(factor)) => Ok(Scaling::Linear(factor)),
            (other, _) => Err(unknown_scaling(self.metadata.path(), other)),
        }
    }

    /// By default texts start with a token in vocabularies of SentencePiece and of Llama 3, and
    /// without one in others, as in `llama-vocab.cpp` of llama.cpp.
    fn text_start(&self) -> Result<Option<u32>, ConvertError> {
        let metadata = self.metadata;
        let is_llama_3 = matches!(
            metadata.text("tokenizer.ggml.pre")?,
            Some("llama3" | "llama-v3" | "llama-bpe")
        );
        let by_default = is_llama_3 || metadata.text("tokenizer.ggml.model")? == Some("llama");
        let begins = metadata.bool("tokenizer.ggml.add_bos_token")?.unwrap_or(by_default);
        Ok(if begins { self.token("tokenizer.ggml.bos_token_id")? } else { None })
    }

    fn end(&self) -> Result<Vec<u32>, ConvertError> {
        let keys = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"];
        let ids = keys.iter().filter_map(|key| self.token(key).transpose());
        ids.collect()
    }

    fn token(&self, key: &str) -> Result<Option<u32>, ConvertError> {
        let id = self.metadata.integer(key)?;
        Ok(id.map(|id| u32::try_from(id).unwrap_or(u32::MAX)))
    }
}
