//! Constant tensors, whose bytes lie in the graph or in a file beside it.

use std::ops::Range;

use prost::{Enumeration, Message};

/// A constant tensor, its bytes either here or in a file beside the graph.
#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    /// Extents, outermost first; none for a scalar.
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    /// [`ElementType`] of the elements.
    #[prost(enumeration = "ElementType", optional, tag = "2")]
    pub data_type: Option<i32>,
    /// Name by which nodes refer to the tensor.
    #[prost(string, optional, tag = "8")]
    pub name: Option<String>,
    /// Little-endian elements, if they are stored in the graph.
    #[prost(bytes = "vec", optional, tag = "9")]
    pub raw_data: Option<Vec<u8>>,
    /// File, offset and length of the elements, if they are stored beside the graph.
    #[prost(message, repeated, tag = "13")]
    pub external_data: Vec<StringStringEntryProto>,
    /// [`DataLocation`] of the elements.
    #[prost(enumeration = "DataLocation", optional, tag = "14")]
    pub data_location: Option<i32>,
}

/// `TensorProto.DataType`, as far as the graphs use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ElementType {
    /// No type is given.
    Undefined = 0,
    /// 32-bit float.
    Float = 1,
    /// Unsigned byte.
    Uint8 = 2,
    /// Signed byte.
    Int8 = 3,
    /// 32-bit integer.
    Int32 = 6,
    /// 64-bit integer.
    Int64 = 7,
}

/// `TensorProto.DataLocation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum DataLocation {
    /// In the graph.
    Default = 0,
    /// In a file beside the graph.
    External = 1,
}

/// One entry of a string map.
#[derive(Clone, PartialEq, Message)]
pub struct StringStringEntryProto {
    /// Key of the entry.
    #[prost(string, optional, tag = "1")]
    pub key: Option<String>,
    /// Value of the entry.
    #[prost(string, optional, tag = "2")]
    pub value: Option<String>,
}

const LOCATION: &str = "location";
const OFFSET: &str = "offset";
const LENGTH: &str = "length";

impl TensorProto {
    /// Makes `length` bytes from `offset` on of the file `location`, which lies beside the graph,
    /// the tensor's bytes.
    #[must_use]
    pub fn with_external_data(self, location: &str, offset: u64, length: u64) -> Self {
        let entry = |key: &str, value: String| StringStringEntryProto {
            key: Some(key.to_owned()),
            value: Some(value),
        };
        Self {
            external_data: vec![
                entry(LOCATION, location.to_owned()),
                entry(OFFSET, offset.to_string()),
                entry(LENGTH, length.to_string()),
            ],
            data_location: Some(DataLocation::External as i32),
            ..self
        }
    }

    /// Returns which bytes of the file beside the graph are the tensor's; `None` if its bytes lie
    /// in the graph itself.
    pub fn external_range(&self) -> Option<Range<usize>> {
        let number = |key: &str| {
            let entry = self.external_data.iter().find(|entry| entry.key() == key)?;
            entry.value().parse::<usize>().ok()
        };
        let (offset, length) = (number(OFFSET)?, number(LENGTH)?);
        Some(offset..offset.checked_add(length)?)
    }
}
