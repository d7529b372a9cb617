//! The index of a checkpoint in several files. It may come from an untrusted source.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pounce_model_format::regular_file::{FileKind, read};
use serde::Deserialize;

use super::{safetensors, torch};
use crate::error::{ConvertError, beginning};

/// The names of the indexes that are read, the preferred one first.
pub const INDEX_NAMES: [&str; 2] = [safetensors::INDEX_NAME, torch::INDEX_NAME];

/// The most shards of a checkpoint. The largest published models have fewer than 200.
const MAX_SHARDS: usize = 256;
/// The most bytes of an index. Ten thousand tensors take a megabyte.
const MAX_INDEX_BYTES: u64 = 32 << 20;

/// Returns the names of the files that an index lists, without repetition. The files lie beside it.
///
/// # Errors
/// [`ConvertError`] if the index is damaged, or if it lists a name that cannot be a shard's. No file
/// of it should be downloaded or opened then.
pub fn shards(index: &Path) -> Result<BTreeSet<String>, ConvertError> {
    let size_bytes = std::fs::metadata(index).map_err(ConvertError::read(index))?.len();
    let refused = |problem| ConvertError::Unsupported { path: index.to_owned(), problem };
    if size_bytes > MAX_INDEX_BYTES {
        return Err(refused(format!("{size_bytes} bytes are too long for a list of shards")));
    }
    let text = read(index, FileKind::Description).map_err(ConvertError::read(index))?;
    let parsed = serde_json::from_slice(&text);
    let Index { weight_map } = parsed.map_err(|error| ConvertError::damaged(index, error))?;
    let shards: BTreeSet<String> = weight_map.into_values().collect();
    if let Some(shard) = shards.iter().find(|shard| !is_shard(shard, ending(index))) {
        let shown = beginning(shard);
        let problem =
            format!("it lists {shown:?}, which is no such file beside it; do not trust it");
        return Err(refused(problem));
    }
    match shards.len() {
        0 => Err(ConvertError::damaged(index, "it lists no shards")),
        1..=MAX_SHARDS => Ok(shards),
        n => Err(refused(format!("it lists {n} shards, more than {MAX_SHARDS}; take one file"))),
    }
}

#[derive(Deserialize)]
struct Index {
    /// Shards by the names of their tensors.
    weight_map: BTreeMap<String, String>,
}

/// Returns the extension of an index's shards: `.safetensors` for `model.safetensors.index.json`.
fn ending(index: &Path) -> &'static str {
    let is_pickled = index.file_name().is_some_and(|name| name == torch::INDEX_NAME);
    if is_pickled { ".bin" } else { ".safetensors" }
}

fn is_shard(name: &str, ending: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let is_plain = name.len() <= 96 && !name.starts_with('.') && name.chars().all(is_allowed);
    is_plain && name.ends_with(ending)
}
