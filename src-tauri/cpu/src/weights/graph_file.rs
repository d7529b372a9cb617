//! [`GraphFile`]: the tensors of an ONNX graph, and the operators by which a known graph is
//! recognized.

use std::collections::HashMap;
use std::fs::File;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use memmap2::{Mmap, UncheckedAdvice};
use pounce_model_format::WEIGHTS_FILE;
use pounce_model_format::onnx::{GraphProto, ModelProto, NodeProto, TensorProto};

use super::tensor::Tensor;
use crate::error::CpuError;

/// A graph, with the file of its weights mapped into memory.
pub(crate) struct GraphFile {
    graph: GraphProto,
    /// For each tensor's name, its index in the graph's initializers.
    tensors: HashMap<String, usize>,
    weights: Arc<Mmap>,
}

/// Bytes of the weights' file, which stays mapped as long as this lives.
pub(crate) struct MappedBytes {
    weights: Arc<Mmap>,
    range: Range<usize>,
}

impl Deref for MappedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.weights[self.range.clone()]
    }
}

impl GraphFile {
    /// Reads the graph `name` in the folder `dir`, and maps [`WEIGHTS_FILE`].
    ///
    /// # Errors
    /// [`CpuError`] if one of them cannot be read, or the first is not an ONNX graph.
    pub(crate) fn open(dir: &Path, name: &'static str) -> Result<Self, CpuError> {
        let unread = |name: &'static str| move |source| CpuError::Read { name, source };
        let graph = std::fs::read(dir.join(name)).map_err(unread(name))?;
        let model = ModelProto::from_bytes(&graph)?;
        let graph = model.graph.unwrap_or_default();
        let names = graph.initializer.iter().enumerate();
        let tensors = names.map(|(index, tensor)| (tensor.name().to_owned(), index)).collect();
        let weights = File::open(dir.join(WEIGHTS_FILE)).map_err(unread(WEIGHTS_FILE))?;
        // SAFETY: a model's files are written once, before the model appears; ONNX Runtime maps
        // them as well.
        let weights = unsafe { Mmap::map(&weights) }.map_err(unread(WEIGHTS_FILE))?;
        Ok(Self { graph, tensors, weights: Arc::new(weights) })
    }

    /// Returns to the system the memory that reading the weights took. What is needed again is read
    /// from the file again.
    pub(crate) fn release_memory(&self) {
        // SAFETY: the map is shared and read-only, so no change can be lost.
        let given_back = unsafe { self.weights.unchecked_advise(UncheckedAdvice::DontNeed) };
        // This is only advice: a system that ignores it keeps the memory.
        drop(given_back);
    }

    /// The names of all tensors, in no particular order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Whether every operator of the graph is among `known`. A graph with any other computes
    /// something else.
    pub(crate) fn has_only(&self, known: &[&str]) -> bool {
        self.graph.node.iter().all(|node| known.contains(&node.op_type()))
    }

    /// Returns the name of the weights that the matrix product with the output `product` takes.
    pub(crate) fn weights_of(&self, product: &str) -> Option<&str> {
        let is_made = |node: &&NodeProto| node.output.iter().any(|output| output == product);
        let node = self.graph.node.iter().find(is_made)?;
        (node.op_type() == "MatMulNBits").then(|| node.input.get(1).map(String::as_str)).flatten()
    }

    /// The epsilon that norms add to the mean square before taking its root. It is the smallest one
    /// of the graph: the graph's first norm has four times as much, because its input is twice as
    /// large.
    pub(crate) fn epsilon(&self) -> f32 {
        let norms = self.graph.node.iter().filter(|node| node.op_type().ends_with("Normalization"));
        let attributes = norms.flat_map(|node| &node.attribute);
        let epsilons = attributes.filter(|attribute| attribute.name() == "epsilon");
        epsilons.map(|attribute| attribute.f()).fold(f32::INFINITY, f32::min)
    }

    /// The name of the graph's embedding table, without the suffix `.rows`.
    pub(crate) fn embedding(&self) -> Option<&str> {
        self.graph.initializer.iter().find_map(|tensor| tensor.name().strip_suffix(".rows"))
    }

    /// Whether the graph has a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Returns the tensor of this name.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if there is none, or if its bytes are not all in the file.
    pub(crate) fn tensor(&self, name: &str) -> Result<Tensor<'_>, CpuError> {
        let missing = || CpuError::Tensor(name.to_owned());
        let tensor = &self.graph.initializer[*self.tensors.get(name).ok_or_else(missing)?];
        let bytes = if tensor.external_data.is_empty() {
            Some(tensor.raw_data())
        } else {
            self.external(tensor)
        };
        let found = Tensor::new(&tensor.dims, tensor.data_type(), bytes.ok_or_else(missing)?);
        found.ok_or_else(missing)
    }

    /// Returns the floats of a vector, such as the factors of a norm.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if there is no such tensor, or if it is not made of finite floats.
    pub(crate) fn vector(&self, name: &str) -> Result<Vec<f32>, CpuError> {
        self.tensor(name)?.floats().ok_or_else(|| CpuError::Tensor(name.to_owned()))
    }

    /// Returns the bytes of a tensor where they lie in the mapped file. `None` if its elements are
    /// not unsigned bytes, or if they are stored in the graph itself.
    ///
    /// # Errors
    /// As for [`tensor`](Self::tensor).
    pub(crate) fn map(&self, name: &str) -> Result<Option<MappedBytes>, CpuError> {
        let is_unsigned = self.tensor(name)?.unsigned().is_some();
        let range = self.graph.initializer[self.tensors[name]].external_range();
        let bytes = |range| MappedBytes { weights: Arc::clone(&self.weights), range };
        Ok(range.filter(|_| is_unsigned).map(bytes))
    }

    /// The bytes of a tensor that is stored in [`WEIGHTS_FILE`]; `None` if they are not all there.
    fn external(&self, tensor: &TensorProto) -> Option<&[u8]> {
        self.weights.get(tensor.external_range()?)
    }
}
