//! Checkpoints in shards, with their index.

use std::path::Path;
use std::{fs, io};

use serde_json::json;

use super::random_checkpoint::{self, Shape, Tensor};
use super::torch_archive;

type Write = fn(&Path, &[Tensor], u64) -> io::Result<()>;

/// The names of index and shards, and what writes a shard, for safetensors and for pickles.
pub const FORMATS: [(&str, [&str; 2], Write); 2] = [
    (
        "model.safetensors.index.json",
        ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
        random_checkpoint::write_safetensors,
    ),
    (
        "pytorch_model.bin.index.json",
        ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"],
        torch_archive::write,
    ),
];

/// Writes a checkpoint whose weights are in two shards of `FORMATS[format]`.
pub fn write(dir: &Path, shape: &Shape, seed: u64, format: usize) -> io::Result<()> {
    random_checkpoint::write(dir, shape, seed)?;
    fs::remove_file(dir.join("model.safetensors"))?;
    let (index, shards, write) = FORMATS[format];
    let tensors = shape.tensors();
    let (first, second) = tensors.split_at(tensors.len() / 2);
    let mut weight_map = serde_json::Map::new();
    for (name, tensors) in shards.into_iter().zip([first, second]) {
        write(&dir.join(name), tensors, seed)?;
        weight_map.extend(tensors.iter().map(|tensor| (tensor.name.clone(), name.into())));
    }
    fs::write(dir.join(index), json!({ "metadata": {}, "weight_map": weight_map }).to_string())
}
