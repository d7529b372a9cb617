//! Writes safetensors files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::json;

/// The description of a tensor.
pub struct Entry {
    pub name: String,
    /// The element type by its name in the format, such as `F16`.
    pub dtype: &'static str,
    pub shape: Vec<usize>,
    pub size_bytes: usize,
}

/// Writes tensors one after the other. `bytes` returns the data of an index.
pub fn write(path: &Path, entries: &[Entry], bytes: impl Fn(usize) -> Vec<u8>) -> io::Result<()> {
    let mut header = serde_json::Map::new();
    let mut end = 0;
    for Entry { name, dtype, shape, size_bytes } in entries {
        let start = end;
        end += size_bytes;
        let entry = json!({ "dtype": dtype, "shape": shape, "data_offsets": [start, end] });
        header.insert(name.clone(), entry);
    }
    let header = serde_json::Value::from(header).to_string();
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    (0..entries.len()).try_for_each(|index| file.write_all(&bytes(index)))?;
    file.flush()
}
