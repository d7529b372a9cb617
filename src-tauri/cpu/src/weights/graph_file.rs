//! [`GraphFile`]: what a graph says about its weights, and whether it is a graph that we know.
//!
//! Only the fields that are read are declared; field numbers are those of `onnx.proto`, ONNX 1.16.

use std::collections::HashMap;
use std::fs::File;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use memmap2::{Mmap, UncheckedAdvice};
use prost::Message;

use crate::error::T5Error;

/// The operators of a T5 encoder with feed-forward layers by ReLU and weights in 8 bits by column. A graph with any
/// other computes something else.
const ENCODER_OPERATORS: [&str; 16] = [
    "Add",
    "DynamicQuantizeLinear",
    "DynamicQuantizeMatMul",
    "Gather",
    "GatherBlockQuantized",
    "MatMulIntegerToFloat",
    "MultiHeadAttention",
    "Range",
    "Relu",
    "Reshape",
    "Shape",
    "SkipSimplifiedLayerNormalization",
    "Squeeze",
    "Sub",
    "Transpose",
    "Unsqueeze",
];
/// The operators of the decoder to it, with weights in 8 bits by block.
const DECODER_OPERATORS: [&str; 15] = [
    "ArgMax",
    "Cast",
    "Gather",
    "GatherBlockQuantized",
    "GroupQueryAttention",
    "MatMulNBits",
    "Max",
    "MultiHeadAttention",
    "Range",
    "Relu",
    "Shape",
    "SkipSimplifiedLayerNormalization",
    "Squeeze",
    "Sub",
    "Unsqueeze",
];
/// What holds the numbers of both graphs.
const WEIGHTS: &str = "weights.bin";
/// `TensorProto.DataType`.
const FLOAT: i32 = 1;
const UINT8: i32 = 2;
const INT8: i32 = 3;

#[derive(Clone, PartialEq, Message)]
struct ModelProto {
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphProto>,
}

#[derive(Clone, PartialEq, Message)]
struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    node: Vec<NodeProto>,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<TensorProto>,
}

#[derive(Clone, PartialEq, Message)]
struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    output: Vec<String>,
    #[prost(string, tag = "4")]
    op_type: String,
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<AttributeProto>,
}

#[derive(Clone, PartialEq, Message)]
struct AttributeProto {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(float, tag = "2")]
    f: f32,
}

#[derive(Clone, PartialEq, Message)]
struct TensorProto {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    data_type: i32,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    raw_data: Vec<u8>,
    #[prost(message, repeated, tag = "13")]
    external_data: Vec<EntryProto>,
}

#[derive(Clone, PartialEq, Message)]
struct EntryProto {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

/// The graph with its weights, which are mapped into memory.
pub(crate) struct GraphFile {
    graph: GraphProto,
    /// Index in the graph's initializers.
    tensors: HashMap<String, usize>,
    weights: Arc<Mmap>,
}

/// Bytes of the weights' file, which stays mapped for them.
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

/// A tensor's extents and bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tensor<'a> {
    pub(crate) dims: &'a [i64],
    element: i32,
    bytes: &'a [u8],
}

impl GraphFile {
    /// Reads the graph of this name in `dir` and maps [`WEIGHTS`].
    ///
    /// # Errors
    /// [`T5Error`] if they cannot be read, or the graph is none.
    pub(crate) fn open(dir: &Path, name: &'static str) -> Result<Self, T5Error> {
        let unread = |name: &'static str| move |source| T5Error::Read { name, source };
        let graph = std::fs::read(dir.join(name)).map_err(unread(name))?;
        let model = ModelProto::decode(graph.as_slice())?;
        let graph = model.graph.unwrap_or_default();
        let names = graph.initializer.iter().enumerate();
        let tensors = names.map(|(index, tensor)| (tensor.name.clone(), index)).collect();
        let weights = File::open(dir.join(WEIGHTS)).map_err(unread(WEIGHTS))?;
        // SAFETY: a model's files are written once, before the model appears; ONNX Runtime maps them as well.
        let weights = unsafe { Mmap::map(&weights) }.map_err(unread(WEIGHTS))?;
        Ok(Self { graph, tensors, weights: Arc::new(weights) })
    }

    /// Gives back the memory that reading the weights has taken, which is read again where it is needed.
    pub(crate) fn forget(&self) {
        // SAFETY: the map is shared and read only, so that nothing is lost.
        let given_back = unsafe { self.weights.unchecked_advise(UncheckedAdvice::DontNeed) };
        // It is advice: a system that does not take it keeps the memory.
        drop(given_back);
    }

    /// The names of all tensors.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Whether all of its operators are those of the encoder that we compute.
    pub(crate) fn is_encoder(&self) -> bool {
        self.has_only(&ENCODER_OPERATORS)
    }

    /// Whether all of its operators are those of the decoder that we compute.
    pub(crate) fn is_decoder(&self) -> bool {
        self.has_only(&DECODER_OPERATORS)
    }

    fn has_only(&self, known: &[&str]) -> bool {
        self.graph.node.iter().all(|node| known.contains(&node.op_type.as_str()))
    }

    /// The weights of the product that has this name.
    pub(crate) fn weights_of(&self, product: &str) -> Option<&str> {
        let is_made = |node: &&NodeProto| node.output.iter().any(|output| output == product);
        let node = self.graph.node.iter().find(is_made)?;
        (node.op_type == "MatMulNBits").then(|| node.input.get(1).map(String::as_str)).flatten()
    }

    /// What is added to mean squares before their root is taken. The first norm of a graph has four times as much,
    /// for reasons of its own.
    pub(crate) fn epsilon(&self) -> f32 {
        let norms = self.graph.node.iter().filter(|node| node.op_type.ends_with("Normalization"));
        let attributes = norms.flat_map(|node| &node.attribute);
        let epsilons = attributes.filter(|attribute| attribute.name == "epsilon");
        epsilons.map(|attribute| attribute.f).fold(f32::INFINITY, f32::min)
    }

    /// The name of the only table of embeddings, without `.rows`.
    pub(crate) fn embedding(&self) -> Option<&str> {
        self.graph.initializer.iter().find_map(|tensor| tensor.name.strip_suffix(".rows"))
    }

    /// Whether there is a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The tensor of this name.
    ///
    /// # Errors
    /// [`T5Error::Tensor`] if there is none, or its bytes are not in the file.
    pub(crate) fn tensor(&self, name: &str) -> Result<Tensor<'_>, T5Error> {
        let missing = || T5Error::Tensor(name.to_owned());
        let tensor = &self.graph.initializer[*self.tensors.get(name).ok_or_else(missing)?];
        let bytes = if tensor.external_data.is_empty() {
            Some(tensor.raw_data.as_slice())
        } else {
            self.external(tensor)
        };
        let found = Tensor {
            dims: &tensor.dims,
            element: tensor.data_type,
            bytes: bytes.ok_or_else(missing)?,
        };
        if found.is_whole() { Ok(found) } else { Err(missing()) }
    }

    /// The bytes of a tensor of unsigned bytes, where they are; `None` if it is another, or in the graph itself.
    ///
    /// # Errors
    /// As for [`tensor`](Self::tensor).
    pub(crate) fn map(&self, name: &str) -> Result<Option<MappedBytes>, T5Error> {
        let is_unsigned = self.tensor(name)?.element == UINT8;
        let range = range(&self.graph.initializer[self.tensors[name]]);
        let bytes = |range| MappedBytes { weights: Arc::clone(&self.weights), range };
        Ok(range.filter(|_| is_unsigned).map(bytes))
    }

    /// The bytes in `weights.bin`.
    fn external(&self, tensor: &TensorProto) -> Option<&[u8]> {
        self.weights.get(range(tensor)?)
    }
}

/// Where in `weights.bin` a tensor is.
fn range(tensor: &TensorProto) -> Option<Range<usize>> {
    let number = |key: &str| {
        let entry = tensor.external_data.iter().find(|entry| entry.key == key)?;
        entry.value.parse::<usize>().ok()
    };
    let (offset, length) = (number("offset")?, number("length")?);
    Some(offset..offset.checked_add(length)?)
}

impl<'a> Tensor<'a> {
    /// Whether there are as many bytes as the extents say.
    fn is_whole(&self) -> bool {
        let size = match self.element {
            FLOAT => 4,
            INT8 | UINT8 => 1,
            // Positions and shapes, which nobody reads.
            _ => return false,
        };
        let mut dims = self.dims.iter().map(|&dim| usize::try_from(dim).ok());
        let n_bytes = dims.try_fold(size, |count: usize, dim| count.checked_mul(dim?));
        n_bytes == Some(self.bytes.len())
    }

    /// Rows and columns, if it is a matrix and has any.
    pub(crate) fn matrix(&self) -> Option<[usize; 2]> {
        let [rows, columns] = *self.dims else { return None };
        let shape = [usize::try_from(rows).ok()?, usize::try_from(columns).ok()?];
        (!shape.contains(&0)).then_some(shape)
    }

    /// Rows, blocks of a row and bytes of a block.
    pub(crate) fn blocks(&self) -> Option<[usize; 3]> {
        let [rows, blocks, bytes] = *self.dims else { return None };
        let size = |dim| usize::try_from(dim).ok().filter(|&size| size > 0);
        Some([size(rows)?, size(blocks)?, size(bytes)?])
    }

    /// Its numbers, if they are 32-bit floats, and none is infinite or no number at all.
    pub(crate) fn floats(&self) -> Option<Vec<f32>> {
        let numbers = self.bytes.as_chunks::<4>().0.iter().map(|raw| f32::from_le_bytes(*raw));
        let numbers = (self.element == FLOAT).then(|| numbers.collect::<Vec<_>>());
        numbers.filter(|numbers| numbers.iter().all(|number| number.is_finite()))
    }

    /// Its bytes, if they are unsigned numbers.
    pub(crate) fn unsigned(&self) -> Option<&'a [u8]> {
        (self.element == UINT8).then_some(self.bytes)
    }

    /// Its bytes, if they are signed numbers.
    pub(crate) fn signed(&self) -> Option<&'a [u8]> {
        (self.element == INT8).then_some(self.bytes)
    }
}
