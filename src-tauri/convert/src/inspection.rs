//! What a checkpoint is, before anybody waits for its conversion.

use std::path::Path;

use pounce_model_format::{Architecture, Dimensions, PromptTemplate, SpecialTokens};

use crate::ConvertOptions;
use crate::error::ConvertError;
use crate::source::Source;

/// What a conversion of a checkpoint would give.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Inspection {
    /// The family as people call it: `T5`, `Llama`, `Qwen2`.
    pub family: &'static str,
    /// How prompt and completion pass through the network.
    pub architecture: Architecture,
    /// Tensor sizes, and the longest sequence and prompt.
    pub dimensions: Dimensions,
    /// Ids that start and end a completion.
    pub special_tokens: SpecialTokens,
    /// Whether, and with which tokens, the model sees code on both sides of a cursor.
    pub prompt: PromptTemplate,
    /// Bytes of all weights as they are stored.
    pub weights_bytes: u64,
}

/// Reads headers, config and tokenizer of the checkpoint in the folder `source`, or of the GGUF
/// file `source`, and says what [`convert`](crate::convert) with default options would make of it.
///
/// # Errors
/// Those of [`convert`](crate::convert) that do not need the weights.
pub fn inspect(source: &Path) -> Result<Inspection, ConvertError> {
    let source = Source::open(source)?;
    let (prompt, special_tokens) = source.family.prompt(&source.tokenizer);
    Ok(Inspection {
        family: source.family.name(),
        architecture: source.family.architecture(),
        dimensions: source.family.dimensions(&ConvertOptions::default()),
        special_tokens,
        prompt,
        weights_bytes: source.checkpoint.size_bytes(|_| true),
    })
}
