//! [`ModelDescription`]: what a checkpoint says about its model.

use std::path::Path;

use serde::Deserialize;

use crate::checkpoint::Checkpoint;
use crate::checkpoint::gguf::metadata::Metadata;
use crate::error::ConvertError;

const ARCHITECTURE: &str = "general.architecture";

/// What a checkpoint says about its model.
pub(crate) enum ModelDescription<'a> {
    /// Hugging Face's `config.json`.
    Json {
        /// The text of the file.
        text: &'a [u8],
        /// The path of the file, for messages.
        path: &'a Path,
    },
    /// A GGUF file.
    Gguf {
        /// The metadata of the file.
        metadata: &'a Metadata,
        /// The tensors of the file.
        checkpoint: &'a Checkpoint,
    },
}

impl ModelDescription<'_> {
    /// The name of the model's type.
    pub(super) fn model_type(&self) -> Result<String, ConvertError> {
        match self {
            Self::Json { text, path } => json_model_type(text, path),
            Self::Gguf { metadata, .. } => {
                let architecture = metadata.require(ARCHITECTURE, metadata.text(ARCHITECTURE)?)?;
                Ok(architecture.to_owned())
            }
        }
    }
}

fn json_model_type(text: &[u8], path: &Path) -> Result<String, ConvertError> {
    #[derive(Deserialize)]
    struct Header {
        model_type: String,
    }
    let header: Header =
        serde_json::from_slice(text).map_err(|error| ConvertError::damaged(path, error))?;
    Ok(header.model_type)
}
