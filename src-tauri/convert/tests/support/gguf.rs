//! Writes GGUF files, sound and damaged ones.

use std::path::Path;
use std::{fs, io};

/// The content of a file.
#[derive(Debug, Clone, Default)]
pub struct Gguf {
    pub metadata: Vec<(String, Value)>,
    pub tensors: Vec<Tensor>,
}

/// A value of the metadata.
#[derive(Debug, Clone)]
pub enum Value {
    U32(u32),
    F32(f32),
    Bool(bool),
    Text(String),
    Texts(Vec<String>),
    I32s(Vec<i32>),
    F32s(Vec<f32>),
}

/// A tensor and its bytes.
#[derive(Debug, Clone)]
pub struct Tensor {
    pub name: String,
    /// Extents, outermost first. The file has them in the opposite order.
    pub shape: Vec<u64>,
    /// The number of the format in ggml.
    pub code: u32,
    pub bytes: Vec<u8>,
}

const ALIGNMENT: usize = 32;

impl Gguf {
    /// Sets an entry, and removes any other one with this key.
    pub fn set(&mut self, key: &str, value: Value) {
        self.metadata.retain(|(known, _)| known != key);
        self.metadata.push((key.to_owned(), value));
    }

    /// The whole file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.header();
        for tensor in &self.tensors {
            bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
            bytes.extend(&tensor.bytes);
        }
        bytes
    }

    /// The file up to the data of the tensors.
    pub fn header(&self) -> Vec<u8> {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend((self.tensors.len() as u64).to_le_bytes());
        bytes.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, value) in &self.metadata {
            text(&mut bytes, key);
            value.write(&mut bytes);
        }
        let mut offset = 0_usize;
        for tensor in &self.tensors {
            text(&mut bytes, &tensor.name);
            bytes.extend((tensor.shape.len() as u32).to_le_bytes());
            tensor.shape.iter().rev().for_each(|extent| bytes.extend(extent.to_le_bytes()));
            bytes.extend(tensor.code.to_le_bytes());
            bytes.extend((offset as u64).to_le_bytes());
            offset = (offset + tensor.bytes.len()).next_multiple_of(ALIGNMENT);
        }
        bytes
    }

    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, self.to_bytes())
    }
}

impl Value {
    fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::U32(value) => scalar(bytes, 4, &value.to_le_bytes()),
            Self::F32(value) => scalar(bytes, 6, &value.to_le_bytes()),
            Self::Bool(value) => scalar(bytes, 7, &[u8::from(*value)]),
            Self::Text(value) => {
                bytes.extend(8_u32.to_le_bytes());
                text(bytes, value);
            }
            Self::Texts(values) => {
                array(bytes, 8, values.len());
                values.iter().for_each(|value| text(bytes, value));
            }
            Self::I32s(values) => {
                array(bytes, 5, values.len());
                values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
            }
            Self::F32s(values) => {
                array(bytes, 6, values.len());
                values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
            }
        }
    }
}

fn scalar(bytes: &mut Vec<u8>, code: u32, value: &[u8]) {
    bytes.extend(code.to_le_bytes());
    bytes.extend(value);
}

fn array(bytes: &mut Vec<u8>, code: u32, length: usize) {
    bytes.extend(9_u32.to_le_bytes());
    bytes.extend(code.to_le_bytes());
    bytes.extend((length as u64).to_le_bytes());
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}
