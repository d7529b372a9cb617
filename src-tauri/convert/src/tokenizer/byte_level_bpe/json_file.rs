//! Reading of JSON files.

use std::path::Path;

use pounce_model_format::regular_file::{FileKind, read};
use serde::de::DeserializeOwned;

use crate::error::ConvertError;

/// Reads a JSON file.
pub(super) fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, ConvertError> {
    let text = read(path, FileKind::Tokenizer).map_err(ConvertError::read(path))?;
    serde_json::from_slice(&text).map_err(|error| ConvertError::damaged(path, error))
}

/// Reads a JSON file; the default if there is none.
pub(super) fn parse_if_present<T: DeserializeOwned + Default>(
    path: &Path,
) -> Result<T, ConvertError> {
    if path.is_file() { parse(path) } else { Ok(T::default()) }
}
