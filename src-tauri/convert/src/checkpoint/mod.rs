//! A checkpoint folder's weights by name, whichever format they are stored in.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::ConvertError;
use crate::shards::shards;
use crate::tensor::TensorSource;
use crate::{safetensors, torch};

type OpenFile = fn(&Path) -> Result<Vec<TensorSource>, ConvertError>;

/// All tensors of a checkpoint. Only their descriptions are in memory.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    tensors: BTreeMap<String, TensorSource>,
}

impl Checkpoint {
    /// Opens the weights in `dir`; safetensors are preferred to a pickle of the same model.
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
        Err(ConvertError::NoWeights { dir: dir.to_owned() })
    }

    /// A checkpoint of these tensors.
    pub(crate) fn new(tensors: Vec<TensorSource>) -> Self {
        Self { tensors: tensors.into_iter().map(|it| (it.name.clone(), it)).collect() }
    }

    /// The tensor of this name, if there is one.
    pub(crate) fn find(&self, name: &str) -> Option<&TensorSource> {
        self.tensors.get(name)
    }

    /// The tensor of this name and exactly this shape.
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

    /// Every tensor's name, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Bytes of all tensors whose names are chosen.
    pub(crate) fn size_bytes(&self, chosen: impl Fn(&str) -> bool) -> u64 {
        let tensors = self.tensors.iter().filter(|(name, _)| chosen(name));
        tensors.map(|(_, tensor)| tensor.size_bytes()).sum()
    }
}
