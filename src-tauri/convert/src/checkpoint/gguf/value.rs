//! [`Value`]: a value of a GGUF file's metadata.

use super::reader::HeaderReader;
use crate::error::ConvertError;

/// The code of a text's type.
const TEXT: u32 = 8;
/// The code of an array's type.
const ARRAY: u32 = 9;

/// A value. Integers of all widths are alike, and so are floats.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Integer(i128),
    Float(f64),
    Bool(bool),
    Text(String),
    Texts(Vec<String>),
    /// An array of numbers, in the encoding of the file.
    Numbers(Number, Vec<u8>),
    /// An array of arrays, which is skipped.
    Nested,
}

/// The type of a number. A bool takes one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
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

    /// The number of bytes that a value takes.
    pub(super) fn size_bytes(self) -> usize {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Decodes one value.
    pub(super) fn decode(self, bytes: &[u8]) -> Value {
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

impl Value {
    /// Reads a value of the type with this code.
    pub(super) fn read(reader: &mut HeaderReader<'_>, code: u32) -> Result<Self, ConvertError> {
        match code {
            TEXT => reader.string().map(Self::Text),
            ARRAY => read_array(reader),
            code => {
                let number = number(reader, code)?;
                let bytes = reader.bytes(number.size_bytes() as u64)?;
                Ok(number.decode(&bytes))
            }
        }
    }

    /// The number; NaN if it is none.
    pub(super) fn to_f64(&self) -> f64 {
        match self {
            Self::Integer(number) => *number as f64,
            Self::Float(number) => *number,
            Self::Bool(value) => f64::from(u8::from(*value)),
            _ => f64::NAN,
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

/// Skips an array of numbers inside an array. Other elements are refused.
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
