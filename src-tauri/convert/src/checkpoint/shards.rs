//! Checkpoints in several files: the index that lists them, which may be anybody's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::error::{ConvertError, beginning};
use crate::{safetensors, torch};

/// The indexes that there are, the better first: each is named like the one file that it stands for.
pub const INDEX_NAMES: [&str; 2] = [safetensors::INDEX_NAME, torch::INDEX_NAME];

/// The largest models that are published have fewer than two hundred.
const MAX_SHARDS: usize = 256;
/// A line for each tensor; ten thousand tensors take a megabyte.
const MAX_INDEX_BYTES: u64 = 32 << 20;

/// The files that an index lists, each once. They lie beside it, and end as the index's name says.
///
/// # Errors
/// [`ConvertError`] if it is damaged, or lists what is no file of a checkpoint's: nothing of it is
/// to be fetched or opened then.
pub fn shards(index: &Path) -> Result<BTreeSet<String>, ConvertError> {
    let size_bytes = std::fs::metadata(index).map_err(ConvertError::read(index))?.len();
    let refused = |problem| ConvertError::Unsupported { path: index.to_owned(), problem };
    if size_bytes > MAX_INDEX_BYTES {
        return Err(refused(format!("{size_bytes} bytes are too long for a list of shards")));
    }
    let text = std::fs::read(index).map_err(ConvertError::read(index))?;
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
    /// Tensor name to shard.
    weight_map: BTreeMap<String, String>,
}

/// How the shards of an index end: `.safetensors` for `model.safetensors.index.json`.
fn ending(index: &Path) -> &'static str {
    let is_pickled = index.file_name().is_some_and(|name| name == torch::INDEX_NAME);
    if is_pickled { ".bin" } else { ".safetensors" }
}

fn is_shard(name: &str, ending: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let is_plain = name.len() <= 96 && !name.starts_with('.') && name.chars().all(is_allowed);
    is_plain && name.ends_with(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, weight_map: &BTreeMap<String, String>) -> Result<BTreeSet<String>, String> {
        let dir = tempfile::tempdir().unwrap();
        let index = dir.path().join(name);
        let text = serde_json::json!({ "metadata": { "total_size": 1 }, "weight_map": weight_map });
        std::fs::write(&index, text.to_string()).unwrap();
        shards(&index).map_err(|error| error.to_string())
    }

    fn of(shards: &[&str]) -> BTreeMap<String, String> {
        (0..).zip(shards).map(|(n, shard)| (format!("tensor_{n}"), (*shard).to_owned())).collect()
    }

    #[test]
    fn an_index_lists_files_beside_it() {
        let check = |index: &str, listed: &[&str], expected: &[&str]| {
            let found = read(index, &of(listed)).unwrap();
            assert!(found.iter().map(String::as_str).eq(expected.iter().copied()), "{found:?}");
        };
        let [a, b] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
        check(INDEX_NAMES[0], &[b, a, b], &[a, b]);
        check(INDEX_NAMES[1], &["pytorch_model-1-of-1.bin"], &["pytorch_model-1-of-1.bin"]);
    }

    #[test]
    fn an_index_that_lists_anything_else_is_refused_in_one_line() {
        let check = |listed: &[&str], part: &str| {
            let message = read(INDEX_NAMES[0], &of(listed)).unwrap_err();
            assert!(message.contains(part) && message.contains("index.json"), "{message}");
            assert!(message.lines().count() == 1 && message.len() < 400, "{message}");
        };
        let long = format!("{}.safetensors", "x".repeat(10_000));
        for name in [
            "../x.safetensors",
            "/etc/x.safetensors",
            "a/b.safetensors",
            "a\\b.safetensors",
            "C:x.safetensors",
            "..",
            "",
            ".hidden.safetensors",
            "config.json",
            "pytorch_model.bin",
            "x?download=true&y=.safetensors",
            "two\nlines.safetensors",
            &long,
        ] {
            check(&["model-1.safetensors", name], "no such file beside it");
        }
        let many: Vec<String> = (0..1000).map(|n| format!("model-{n}.safetensors")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        check(&many, "1000 shards");
        check(&[], "no shards");
    }
}
