//! [`Family`]: what a conversion needs to know about the architecture of a model.

use std::fmt::Debug;
use std::path::Path;

use pounce_model_format::onnx::ModelProto;
use pounce_model_format::{Architecture, Dimensions, FileDigest, PromptTemplate, SpecialTokens};

use super::description::ModelDescription;
use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;
use crate::options::ConvertOptions;
use crate::progress::Progress;
use crate::tokenizer::vocabulary::Vocabulary;

/// A model of one family, whose sizes are known and checked.
pub(crate) trait Family: Debug {
    /// How prompt and completion pass through the network.
    fn architecture(&self) -> Architecture;

    /// Tensor sizes, and the longest sequence and prompt.
    fn dimensions(&self, options: &ConvertOptions) -> Dimensions;

    /// How prompts are written, and which ids start and end a completion.
    fn prompt(&self, vocabulary: &Vocabulary) -> (PromptTemplate, SpecialTokens);

    /// Builds the graphs and writes `dir/weights.bin`.
    ///
    /// # Errors
    /// Any [`ConvertError`] about the weights, or [`ConvertError::Cancelled`].
    fn build(
        &self,
        checkpoint: &Checkpoint,
        dir: &Path,
        options: &ConvertOptions,
        progress: &mut dyn Progress,
    ) -> Result<Graphs, ConvertError>;
}

/// Opens a model of this type, which is one of the family's.
pub(crate) type OpenFamily =
    fn(model_type: &str, &ModelDescription<'_>) -> Result<Box<dyn Family>, ConvertError>;

/// The graphs of a model, and the file that their matrices are in.
#[derive(Debug)]
pub(crate) struct Graphs {
    /// Graphs by file name.
    pub(crate) graphs: Vec<(&'static str, ModelProto)>,
    /// Size and checksum of `weights.bin`.
    pub(crate) weights: FileDigest,
}
