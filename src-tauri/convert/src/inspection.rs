//! [`inspect`]: what a checkpoint is, without converting it.

use std::path::Path;

use pounce_model_format::{Architecture, Dimensions, PromptTemplate, SpecialTokens};

use crate::error::ConvertError;
use crate::options::ConvertOptions;
use crate::source::Source;

/// The result that the conversion of a checkpoint would have.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Inspection {
    /// The name of the family: `T5`, `Llama`, `Qwen2`.
    pub family: &'static str,
    /// How prompt and completion pass through the network.
    pub architecture: Architecture,
    /// Tensor sizes, and the longest sequence and prompt.
    pub dimensions: Dimensions,
    /// Ids that start and end a completion.
    pub special_tokens: SpecialTokens,
    /// How prompts are written, and whether the model reads code on both sides of the cursor.
    pub prompt: PromptTemplate,
    /// The number of bytes of all weights in the checkpoint.
    pub weights_bytes: u64,
}

/// Reads headers, config and tokenizer of the checkpoint in the folder `source`, or of the GGUF file
/// `source`, and returns what [`convert`](crate::convert) would make of it with default options.
///
/// # Errors
/// The errors of [`convert`](crate::convert) that do not depend on the weights.
pub fn inspect(source: &Path) -> Result<Inspection, ConvertError> {
    let source = Source::open(source)?;
    let (prompt, special_tokens) = source.family.prompt(&source.tokenizer.vocabulary);
    Ok(Inspection {
        family: source.family_name,
        architecture: source.family.architecture(),
        dimensions: source.family.dimensions(&ConvertOptions::default()),
        special_tokens,
        prompt,
        weights_bytes: source.checkpoint.size_bytes(|_| true),
    })
}
