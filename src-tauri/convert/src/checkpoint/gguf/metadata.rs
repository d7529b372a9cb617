//! [`Metadata`]: what a GGUF file says about its model, by key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::reader::HeaderReader;
use super::value::Value;
use crate::error::ConvertError;

/// The size of the smallest entry: an empty key, a type and a value of one byte.
const MIN_ENTRY_BYTES: u64 = 8 + 4 + 1;

/// The entries of a file by key.
#[derive(Debug)]
pub(crate) struct Metadata {
    path: PathBuf,
    entries: BTreeMap<String, Value>,
}

impl Metadata {
    /// Reads `count` entries.
    pub(super) fn read(
        reader: &mut HeaderReader<'_>,
        count: u64,
        path: &Path,
    ) -> Result<Self, ConvertError> {
        let list = reader.list(count, MIN_ENTRY_BYTES, |reader| {
            let key = reader.name()?;
            let code = reader.u32()?;
            let value = Value::read(reader, code)?;
            Ok((key, value))
        })?;
        let mut entries = BTreeMap::new();
        for (key, value) in list {
            if entries.contains_key(&key) {
                return Err(reader.damaged(format!("it has {key} twice")));
            }
            entries.insert(key, value);
        }
        Ok(Self { path: path.to_owned(), entries })
    }

    /// The path of the file, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A whole number that is not negative; `None` if the file does not have the key.
    pub(crate) fn integer(&self, key: &str) -> Result<Option<u64>, ConvertError> {
        self.find(key, "a whole number", |value| match value {
            Value::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        })
    }

    /// A number; `None` if the file does not have the key.
    pub(crate) fn float(&self, key: &str) -> Result<Option<f64>, ConvertError> {
        self.find(key, "a number", |value| match value {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        })
    }

    /// True or false; `None` if the file does not have the key.
    pub(crate) fn bool(&self, key: &str) -> Result<Option<bool>, ConvertError> {
        self.find(key, "true or false", |value| match value {
            Value::Bool(value) => Some(*value),
            _ => None,
        })
    }

    /// A text; `None` if the file does not have the key.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&str>, ConvertError> {
        self.find(key, "a text", |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// A list of texts; `None` if the file does not have the key.
    pub(crate) fn texts(&self, key: &str) -> Result<Option<&[String]>, ConvertError> {
        self.find(key, "a list of texts", |value| match value {
            Value::Texts(texts) => Some(texts.as_slice()),
            _ => None,
        })
    }

    /// A list of numbers; `None` if the file does not have the key.
    pub(crate) fn numbers(&self, key: &str) -> Result<Option<Vec<f64>>, ConvertError> {
        self.find(key, "a list of numbers", |value| match value {
            Value::Numbers(number, bytes) => {
                let values = bytes.chunks_exact(number.size_bytes());
                Some(values.map(|bytes| number.decode(bytes).to_f64()).collect())
            }
            _ => None,
        })
    }

    /// Returns what was `found`.
    ///
    /// # Errors
    /// [`ConvertError::Damaged`] if the file does not have the key.
    pub(crate) fn require<T>(&self, key: &str, found: Option<T>) -> Result<T, ConvertError> {
        found.ok_or_else(|| ConvertError::damaged(&self.path, format!("it has no {key}")))
    }

    fn find<'a, T>(
        &'a self,
        key: &str,
        expected: &str,
        convert: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ConvertError> {
        let Some(value) = self.entries.get(key) else { return Ok(None) };
        let wrong = || ConvertError::damaged(&self.path, format!("its {key} is not {expected}"));
        convert(value).map(Some).ok_or_else(wrong)
    }
}
