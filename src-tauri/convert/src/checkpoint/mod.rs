//! [`Checkpoint`]: a model's weights by name, in whichever format they are stored.
//!
//! No file is trusted: a header is compared with the length of its file, and nothing is executed.

pub(crate) mod gguf;
pub(crate) mod mistaken;
mod pickle;
mod safetensors;
mod shards;
pub(crate) mod tensor;
mod torch;

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::ConvertError;

pub use gguf::gguf_parts;
pub use shards::{INDEX_NAMES, shards};
use tensor::TensorSource;

type OpenFile = fn(&Path) -> Result<Vec<TensorSource>, ConvertError>;

/// The tensors of a checkpoint. Only their descriptions are in memory.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    tensors: BTreeMap<String, TensorSource>,
}

impl Checkpoint {
    /// Opens the weights in the folder `dir`. Safetensors are preferred to a pickle of the same model.
    pub(crate) fn open(dir: &Path) -> Result<Self, ConvertError> {
        let formats: [(_, _, OpenFile); 2] = [
            (safetensors::FILE_NAME, safetensors::INDEX_NAME, safetensors::open_file),
            (torch::FILE_NAME, torch::INDEX_NAME, torch::open_file),
        ];
        for (file, index, open) in formats {
            if dir.join(file).is_file() {
                return Ok(Self::new(open(&dir.join(file))?));
            }
            if dir.join(index).is_file() {
                let shards = shards(&dir.join(index))?;
                let tensors = shards.iter().map(|shard| open(&dir.join(shard)));
                return Ok(Self::new(tensors.collect::<Result<Vec<_>, _>>()?.concat()));
            }
        }
        Err(mistaken::folder(dir)
            .unwrap_or_else(|| ConvertError::NoWeights { dir: dir.to_owned() }))
    }

    /// Collects tensors by their names.
    pub(crate) fn new(tensors: Vec<TensorSource>) -> Self {
        Self { tensors: tensors.into_iter().map(|it| (it.name.clone(), it)).collect() }
    }

    /// The tensor of this name; `None` if the checkpoint has none.
    pub(crate) fn find(&self, name: &str) -> Option<&TensorSource> {
        self.tensors.get(name)
    }

    /// Returns the tensor of this name and shape.
    ///
    /// # Errors
    /// [`ConvertError::MissingTensor`] or [`ConvertError::Shape`].
    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<&TensorSource, ConvertError> {
        let missing = || ConvertError::MissingTensor { tensor: name.to_owned() };
        let tensor = self.find(name).ok_or_else(missing)?;
        if tensor.shape == shape {
            return Ok(tensor);
        }
        Err(ConvertError::Shape {
            tensor: name.to_owned(),
            expected: shape.to_vec(),
            found: tensor.shape.clone(),
        })
    }

    /// The names of all tensors, in alphabetical order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The number of bytes of all tensors whose names `chosen` accepts.
    pub(crate) fn size_bytes(&self, chosen: impl Fn(&str) -> bool) -> u64 {
        let tensors = self.tensors.iter().filter(|(name, _)| chosen(name));
        tensors.map(|(_, tensor)| tensor.size_bytes()).sum()
    }
}
