//! The metadata of a GGUF file: names and values of a dozen types.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::reader::HeaderReader;
use crate::error::ConvertError;

/// Key, type and value of the smallest entry: an empty name and one byte.
const MIN_ENTRY_BYTES: u64 = 8 + 4 + 1;

/// All entries of a file.
#[derive(Debug)]
pub(crate) struct Metadata {
    path: PathBuf,
    entries: BTreeMap<String, Value>,
}

/// A value; widths that nobody asks for are not told apart.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Integer(i128),
    Float(f64),
    Bool(bool),
    Text(String),
    Texts(Vec<String>),
    /// An array of numbers, as it lies in the file.
    Numbers(Number, Vec<u8>),
    /// An array of arrays, which no key of interest has.
    Nested,
}

/// Types of numbers; a bool is one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    U64,
    I64,
    F64,
}

const TEXT: u32 = 8;
const ARRAY: u32 = 9;

impl Number {
    fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            0 => Self::U8,
            1 => Self::I8,
            2 => Self::U16,
            3 => Self::I16,
            4 => Self::U32,
            5 => Self::I32,
            6 => Self::F32,
            7 => Self::Bool,
            10 => Self::U64,
            11 => Self::I64,
            12 => Self::F64,
            _ => return None,
        })
    }

    fn size_bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    fn decode(self, bytes: &[u8]) -> Value {
        let mut wide = [0; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        let unsigned = u64::from_le_bytes(wide);
        match self {
            Self::Bool => Value::Bool(unsigned != 0),
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => Value::Integer(unsigned.into()),
            Self::I8 => Value::Integer((unsigned as i8).into()),
            Self::I16 => Value::Integer((unsigned as i16).into()),
            Self::I32 => Value::Integer((unsigned as i32).into()),
            Self::I64 => Value::Integer((unsigned as i64).into()),
            Self::F32 => Value::Float(f32::from_bits(unsigned as u32).into()),
            Self::F64 => Value::Float(f64::from_bits(unsigned)),
        }
    }
}

impl Metadata {
    /// Reads so many entries.
    pub(super) fn read(
        reader: &mut HeaderReader<'_>,
        count: u64,
        path: &Path,
    ) -> Result<Self, ConvertError> {
        let list = reader.list(count, MIN_ENTRY_BYTES, |reader| {
            let key = reader.name()?;
            let code = reader.u32()?;
            let value = read_value(reader, code)?;
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

    /// The file, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A whole number that is not negative, if there is one of this name.
    pub(crate) fn integer(&self, key: &str) -> Result<Option<u64>, ConvertError> {
        self.find(key, "a whole number", |value| match value {
            Value::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        })
    }

    /// A number, if there is one of this name.
    pub(crate) fn float(&self, key: &str) -> Result<Option<f64>, ConvertError> {
        self.find(key, "a number", |value| match value {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        })
    }

    /// True or false, if there is an entry of this name.
    pub(crate) fn bool(&self, key: &str) -> Result<Option<bool>, ConvertError> {
        self.find(key, "true or false", |value| match value {
            Value::Bool(value) => Some(*value),
            _ => None,
        })
    }

    /// A text, if there is one of this name.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&str>, ConvertError> {
        self.find(key, "a text", |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// A list of texts, if there is one of this name.
    pub(crate) fn texts(&self, key: &str) -> Result<Option<&[String]>, ConvertError> {
        self.find(key, "a list of texts", |value| match value {
            Value::Texts(texts) => Some(texts.as_slice()),
            _ => None,
        })
    }

    /// A list of numbers, if there is one of this name.
    pub(crate) fn numbers(&self, key: &str) -> Result<Option<Vec<f64>>, ConvertError> {
        self.find(key, "a list of numbers", |value| match value {
            Value::Numbers(number, bytes) => {
                let values = bytes.chunks_exact(number.size_bytes());
                Some(values.map(|bytes| number.decode(bytes).to_f64()).collect())
            }
            _ => None,
        })
    }

    /// What `found` had to be there for.
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

impl Value {
    fn to_f64(&self) -> f64 {
        match self {
            Self::Integer(number) => *number as f64,
            Self::Float(number) => *number,
            Self::Bool(value) => f64::from(u8::from(*value)),
            _ => f64::NAN,
        }
    }
}

fn read_value(reader: &mut HeaderReader<'_>, code: u32) -> Result<Value, ConvertError> {
    match code {
        TEXT => reader.string().map(Value::Text),
        ARRAY => read_array(reader),
        code => {
            let number = number(reader, code)?;
            let bytes = reader.bytes(number.size_bytes() as u64)?;
            Ok(number.decode(&bytes))
        }
    }
}

fn read_array(reader: &mut HeaderReader<'_>) -> Result<Value, ConvertError> {
    let code = reader.u32()?;
    let count = reader.u64()?;
    match code {
        TEXT => reader.list(count, 8, HeaderReader::string).map(Value::Texts),
        ARRAY => {
            reader.list(count, 4 + 8, skip_numbers)?;
            Ok(Value::Nested)
        }
        code => {
            let number = number(reader, code)?;
            read_numbers(reader, number, count).map(|bytes| Value::Numbers(number, bytes))
        }
    }
}

/// An array inside an array: of numbers, or it is refused.
fn skip_numbers(reader: &mut HeaderReader<'_>) -> Result<(), ConvertError> {
    let code = reader.u32()?;
    let count = reader.u64()?;
    let number = number(reader, code)?;
    read_numbers(reader, number, count).map(drop)
}

fn read_numbers(
    reader: &mut HeaderReader<'_>,
    number: Number,
    count: u64,
) -> Result<Vec<u8>, ConvertError> {
    // A product too large to be a number is too large for the file as well.
    reader.bytes(count.saturating_mul(number.size_bytes() as u64))
}

fn number(reader: &HeaderReader<'_>, code: u32) -> Result<Number, ConvertError> {
    Number::from_code(code)
        .ok_or_else(|| reader.damaged(format!("its header has a value of the unknown type {code}")))
}
