//! Reads the descriptions of a GGUF file's tensors and checks that each lies inside the file.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use pounce_model_format::weight_format::WeightFormat;

use super::metadata::Metadata;
use super::reader::HeaderReader;
use crate::checkpoint::tensor::TensorSource;
use crate::error::ConvertError;

const ALIGNMENT: &str = "general.alignment";
const DEFAULT_ALIGNMENT: u64 = 32;
/// The most extents that the format allows. A model's tensors have one or two.
const MAX_DIMS: u32 = 4;
/// The size of the smallest description: an empty name, one extent, type and offset.
const MIN_TENSOR_BYTES: u64 = 8 + 4 + 8 + 4 + 8;

/// The description of a tensor.
struct Entry {
    name: String,
    /// Outermost first.
    shape: Vec<usize>,
    format: WeightFormat,
    /// The offset from the start of the data.
    offset: u64,
    size_bytes: u64,
}

/// Reads the descriptions of `count` tensors, which are the last part of the header.
pub(super) fn read(
    reader: &mut HeaderReader<'_>,
    count: u64,
    metadata: &Metadata,
    file: &Arc<File>,
) -> Result<Vec<TensorSource>, ConvertError> {
    let entries = reader.list(count, MIN_TENSOR_BYTES, read_entry)?;
    let alignment = metadata.integer(ALIGNMENT)?.unwrap_or(DEFAULT_ALIGNMENT);
    if !alignment.is_power_of_two() || alignment > 1 << 20 {
        return Err(reader.damaged(format!("its {ALIGNMENT} is {alignment}")));
    }
    let data_start = reader.position().next_multiple_of(alignment);
    let path: Arc<Path> = metadata.path().into();
    let file_bytes = file.metadata().map_err(ConvertError::read(&path))?.len();
    let mut names = BTreeSet::new();
    for entry in &entries {
        check_place(reader, entry, data_start, file_bytes)?;
        if !names.insert(&entry.name) {
            return Err(reader.damaged(format!("it has the tensor {} twice", entry.name)));
        }
    }
    let source = |entry: Entry| TensorSource {
        name: entry.name,
        shape: entry.shape,
        format: entry.format,
        offset: data_start + entry.offset,
        file: Arc::clone(file),
        path: Arc::clone(&path),
    };
    Ok(entries.into_iter().map(source).collect())
}

fn read_entry(reader: &mut HeaderReader<'_>) -> Result<Entry, ConvertError> {
    let name = reader.name()?;
    let n_dims = reader.u32()?;
    if !(1..=MAX_DIMS).contains(&n_dims) {
        return Err(reader.damaged(format!("{name} has {n_dims} extents")));
    }
    let mut dims = reader.list(n_dims.into(), 8, HeaderReader::u64)?;
    dims.reverse();
    let format = format(&name, reader.u32()?)?;
    let offset = reader.u64()?;
    let Some(size_bytes) = size_bytes(&dims, format) else {
        return Err(reader.damaged(format!("{name} cannot have the extents {dims:?}")));
    };
    let shape = dims.into_iter().map(|extent| extent as usize).collect();
    Ok(Entry { name, shape, format, offset, size_bytes })
}

/// Returns the number of bytes of a tensor; `None` if a row is no whole number of blocks, or if the
/// number overflows.
fn size_bytes(dims: &[u64], format: WeightFormat) -> Option<u64> {
    let n_weights = dims.iter().try_fold(1_u64, |product, &extent| product.checked_mul(extent))?;
    let block_len = format.block_len() as u64;
    let fits = n_weights > 0 && dims.last()?.is_multiple_of(block_len);
    // A part of the range, so that adding an offset does not overflow.
    let size = (n_weights / block_len).checked_mul(format.block_bytes() as u64)?;
    (fits && size <= u64::MAX / 4 && n_weights <= u64::MAX / 4).then_some(size)
}

/// Checks that the data of a tensor lie inside the file.
fn check_place(
    reader: &HeaderReader<'_>,
    entry: &Entry,
    data_start: u64,
    file_bytes: u64,
) -> Result<(), ConvertError> {
    let end = entry.offset.checked_add(data_start).and_then(|it| it.checked_add(entry.size_bytes));
    match end {
        Some(end) if end <= file_bytes => Ok(()),
        _ => Err(reader
            .damaged(format!("{} lies beyond its end: it is {file_bytes} bytes long", entry.name))),
    }
}

/// Returns the format with this number in `ggml.h`.
fn format(tensor: &str, code: u32) -> Result<WeightFormat, ConvertError> {
    WeightFormat::of_code(code)
        .ok_or_else(|| ConvertError::BlockFormat { tensor: tensor.to_owned(), code })
}
