//! [`TokenizerFile`]: the tokenizer of a checkpoint, copied or made of older files.

mod byte_level_bpe;
pub(crate) mod control_tokens;
mod gguf;
mod json;
#[cfg(test)]
mod tests;
pub(crate) mod vocabulary;

use std::path::Path;

use pounce_model_format::TOKENIZER_FILE;
use pounce_model_format::regular_file::{FileKind, read};
use serde_json::Value;

use crate::checkpoint::gguf::metadata::Metadata;
use crate::checkpoint::mistaken;
use crate::error::ConvertError;
use control_tokens::is_control;
use vocabulary::{RawAddedToken, RawTokenizer, Vocabulary};

/// A `tokenizer.json` and the tokens that it knows.
#[derive(Debug)]
pub(crate) struct TokenizerFile {
    /// The file's bytes.
    pub(crate) json: Vec<u8>,
    /// The tokens of the file.
    pub(crate) vocabulary: Vocabulary,
}

impl TokenizerFile {
    /// Reads the tokenizer in the folder `dir`.
    pub(crate) fn open(dir: &Path) -> Result<Self, ConvertError> {
        let path = dir.join(TOKENIZER_FILE);
        if path.is_file() {
            Self::read(&path)
        } else if byte_level_bpe::is_in(dir) {
            Self::new(byte_level_bpe::tokenizer_json(dir)?, &path)
        } else {
            Err(ConvertError::NoTokenizer { dir: dir.to_owned() })
        }
    }

    /// Reads a `tokenizer.json`.
    pub(crate) fn read(path: &Path) -> Result<Self, ConvertError> {
        let json = read(path, FileKind::Tokenizer).map_err(ConvertError::read(path))?;
        mistaken::check_file(path, &json)?;
        Self::new(json, path)
    }

    /// Makes a `tokenizer.json` of the vocabulary of a GGUF file.
    pub(crate) fn from_gguf(metadata: &Metadata) -> Result<Self, ConvertError> {
        Self::new(gguf::tokenizer_json(metadata)?, metadata.path())
    }

    /// Parses a `tokenizer.json`; `path` is for messages.
    pub(crate) fn new(json: Vec<u8>, path: &Path) -> Result<Self, ConvertError> {
        let damaged = |error| ConvertError::damaged(path, error);
        let raw: RawTokenizer = serde_json::from_slice(&json).map_err(damaged)?;
        let is_wrong = |token: &RawAddedToken| !token.special && is_control(&token.content);
        let json = if raw.added_tokens.iter().any(is_wrong) {
            with_special_controls(&json).map_err(damaged)?
        } else {
            json
        };
        Ok(Self { json, vocabulary: Vocabulary::new(raw) })
    }
}

/// Marks all control tokens as special. Otherwise code that spells one out would be read as the
/// token, and a token that the model writes would become text.
fn with_special_controls(json: &[u8]) -> serde_json::Result<Vec<u8>> {
    let mut file: Value = serde_json::from_slice(json)?;
    for token in file["added_tokens"].as_array_mut().into_iter().flatten() {
        if token["content"].as_str().is_some_and(is_control) {
            token["special"] = Value::Bool(true);
        }
    }
    Ok(file.to_string().into_bytes())
}
