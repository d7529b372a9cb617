//! [`GraphFile`]: the tensors of an ONNX graph, and the operators by which a known graph is
//! recognized.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use pounce_model_format::WEIGHTS_FILE;
use pounce_model_format::onnx::{GraphProto, ModelProto, NodeProto, TensorProto};
use pounce_model_format::regular_file::{self, FileKind};

use super::tensor::Tensor;
use super::weights_file::WeightsFile;
use crate::error::CpuError;

/// A graph, with the file of its weights. Tensors are read when they are asked for, and copied:
/// nothing of the file is mapped, so a loaded model outlives a file that gets shorter.
pub(crate) struct GraphFile {
    graph: GraphProto,
    /// For each tensor's name, its index in the graph's initializers.
    tensors: HashMap<String, usize>,
    weights: WeightsFile,
}

impl GraphFile {
    /// Reads the graph `name` in the folder `dir`, and opens [`WEIGHTS_FILE`].
    ///
    /// # Errors
    /// [`CpuError`] if one of them cannot be read, or the first is not an ONNX graph.
    pub(crate) fn open(dir: &Path, name: &'static str) -> Result<Self, CpuError> {
        let unread = |name: &'static str| move |source| CpuError::Read { name, source };
        let graph = regular_file::read(&dir.join(name), FileKind::Graph).map_err(unread(name))?;
        let model = ModelProto::from_bytes(&graph)?;
        let graph = model.graph.unwrap_or_default();
        let names = graph.initializer.iter().enumerate();
        let tensors = names.map(|(index, tensor)| (tensor.name().to_owned(), index)).collect();
        let weights = WeightsFile::open(&dir.join(WEIGHTS_FILE)).map_err(unread(WEIGHTS_FILE))?;
        Ok(Self { graph, tensors, weights })
    }

    /// The names of all tensors, in no particular order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The operators of the graph, in the order in which they can run.
    pub(crate) fn nodes(&self) -> &[NodeProto] {
        &self.graph.node
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

    /// Returns the tensor of this name, which is read from the file.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if there is none, or if its bytes are not all in the file.
    pub(crate) fn tensor(&self, name: &str) -> Result<Tensor<'_>, CpuError> {
        let missing = || CpuError::Tensor(name.to_owned());
        let tensor = self.find(name)?;
        let bytes = if tensor.external_data.is_empty() {
            Some(Cow::Borrowed(tensor.raw_data()))
        } else {
            tensor.external_range().and_then(|range| self.weights.read(range)).map(Cow::Owned)
        };
        let found = Tensor::new(&tensor.dims, tensor.data_type(), bytes.ok_or_else(missing)?);
        found.ok_or_else(missing)
    }

    /// Returns the dimensions of a tensor without reading it.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if there is none.
    pub(crate) fn dims(&self, name: &str) -> Result<&[i64], CpuError> {
        Ok(&self.find(name)?.dims)
    }

    /// Returns the floats of a vector, such as the factors of a norm.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if there is no such tensor, or if it is not made of finite floats.
    pub(crate) fn vector(&self, name: &str) -> Result<Vec<f32>, CpuError> {
        self.tensor(name)?.floats().ok_or_else(|| CpuError::Tensor(name.to_owned()))
    }

    fn find(&self, name: &str) -> Result<&TensorProto, CpuError> {
        let index = self.tensors.get(name).ok_or_else(|| CpuError::Tensor(name.to_owned()))?;
        Ok(&self.graph.initializer[*index])
    }
}
