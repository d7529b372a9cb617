//! A checkpoint folder's weights by name, whichever format they are stored in.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::ConvertError;
use crate::tensor::TensorSource;
use crate::{safetensors, torch};

/// All tensors of a checkpoint. Only their descriptions are in memory.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    tensors: BTreeMap<String, TensorSource>,
}

impl Checkpoint {
    /// Opens the weights in `dir`; safetensors are preferred to a pickle of the same model.
    pub(crate) fn open(dir: &Path) -> Result<Self, ConvertError> {
        let tensors = if dir.join(safetensors::FILE_NAME).is_file() {
            safetensors::open_file(&dir.join(safetensors::FILE_NAME))?
        } else if dir.join(safetensors::INDEX_NAME).is_file() {
            safetensors::open_shards(dir)?
        } else if dir.join(torch::FILE_NAME).is_file() {
            torch::open_file(&dir.join(torch::FILE_NAME))?
        } else {
            return Err(ConvertError::NoWeights { dir: dir.to_owned() });
        };
        Ok(Self::new(tensors))
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
