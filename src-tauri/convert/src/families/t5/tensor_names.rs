//! The tensors of a T5 checkpoint that are not named after a layer, and the step that reads each.

use super::config::T5Config;
use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;
use crate::progress::Step;

/// The relative position bias of a stack, after the name of its first block.
pub(super) const RELATIVE_BIAS: &str = "layer.0.SelfAttention.relative_attention_bias.weight";
/// The names of the embedding. Formats that store a shared tensor once keep any of them.
const EMBEDDINGS: [&str; 3] =
    ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"];
/// The head, unless it is tied to the embedding.
pub(super) const HEAD: &str = "lm_head.weight";
/// A leftover in old checkpoints, which no version of the model has read.
const UNUSED_BIAS: &str = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

/// Returns the name that the embedding has in the checkpoint.
pub(super) fn embedding(
    config: &T5Config,
    checkpoint: &Checkpoint,
) -> Result<&'static str, ConvertError> {
    let tied = config.tied_head.then_some(HEAD);
    let mut names = EMBEDDINGS.into_iter().chain(tied);
    let found = names.find(|name| checkpoint.find(name).is_some());
    found.ok_or_else(|| ConvertError::MissingTensor { tensor: EMBEDDINGS[0].to_owned() })
}

/// Returns the step that reads a tensor. The encoder's graph includes the projections of the prompt
/// for the decoder's cross-attention.
pub(super) fn step(tensor: &str) -> Step {
    let cross_projection = ["EncDecAttention.k.", "EncDecAttention.v."];
    if EMBEDDINGS.contains(&tensor) || tensor == HEAD {
        Step::Embedding
    } else if tensor.starts_with("encoder.")
        || cross_projection.iter().any(|it| tensor.contains(it))
    {
        Step::Encoder
    } else {
        Step::Decoder
    }
}

/// Whether a tensor may be in the checkpoint without being read.
pub(super) fn is_ignored(tensor: &str, config: &T5Config) -> bool {
    EMBEDDINGS.contains(&tensor) || tensor == UNUSED_BIAS || config.tied_head && tensor == HEAD
}
