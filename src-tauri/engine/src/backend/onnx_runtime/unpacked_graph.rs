//! [`UnpackedGraph`]: a graph for ONNX Runtime of a model whose matrices are in the blocks of
//! llama.cpp.
//!
//! ONNX Runtime has no operators for these blocks. So, where it has to run such a model, the
//! matrices are unpacked to 8 bits in memory when the model is loaded, and the operators replaced.
//! Integers around zero keep their weights; those above a minimum become others with nearly the same
//! weights ([`Groups::around_zero`](pounce_model_format::weight_format::Groups::around_zero)).

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use ort::session::builder::SessionBuilder;
use pounce_model_format::WEIGHTS_FILE;
use pounce_model_format::onnx::{
    AttributeKind, AttributeProto, ElementType, GGML_GATHER, GgmlOperator, GraphProto, ModelProto,
    NodeProto, TensorProto,
};
use pounce_model_format::regular_file::{self, FileKind};
use pounce_model_format::weight_format::WeightFormat;

/// The domain of ONNX Runtime's own operators.
const MICROSOFT_DOMAIN: &str = "com.microsoft";

/// Names of files, and the bytes that ONNX Runtime is to find in them.
type Files = Vec<(String, Arc<[u8]>)>;

/// A graph with its weights in memory.
pub(super) struct UnpackedGraph {
    /// The bytes of the ONNX model.
    pub(super) model: Vec<u8>,
    /// The bytes of each tensor, which the graph takes for files of these names.
    files: Files,
}

impl UnpackedGraph {
    /// Unpacks the graph at `path`, beside which lies [`WEIGHTS_FILE`]. `None` if it has no blocks of
    /// llama.cpp, so that ONNX Runtime can read it as it is.
    ///
    /// # Errors
    /// A file cannot be read, or is damaged.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let bytes = regular_file::read(path, FileKind::Graph)?;
        let mut model = ModelProto::from_bytes(&bytes).map_err(io::Error::other)?;
        let Some(graph) = &mut model.graph else { return Ok(None) };
        if !graph.node.iter().any(|node| GgmlOperator::read(node).is_some()) {
            return Ok(None);
        }
        let weights = regular_file::open(&path.with_file_name(WEIGHTS_FILE), FileKind::Weights)?;
        let mut unpacking = Unpacking::new(std::mem::take(&mut graph.initializer), weights);
        for node in &mut graph.node {
            if let Some(operator) = GgmlOperator::read(node) {
                *node = unpacking.replacement(node, &operator)?;
            }
        }
        let (initializer, files) = unpacking.finish(graph)?;
        graph.initializer = initializer;
        Ok(Some(Self { model: model.to_bytes(), files }))
    }

    /// Gives a session the tensors of the graph.
    ///
    /// # Errors
    /// The errors of ONNX Runtime.
    pub(super) fn add_files(&self, builder: SessionBuilder) -> ort::Result<SessionBuilder> {
        self.files.iter().try_fold(builder, |builder, (name, bytes)| {
            Ok(builder.with_external_initializer_file_in_memory(name, Arc::clone(bytes))?)
        })
    }
}

/// A matrix in 8 bits.
#[derive(Clone)]
struct Matrix {
    /// The name, from which those of its tensors are made.
    name: String,
    /// Weights that share a scale.
    block: usize,
}

/// Replaces operators, and collects the tensors that they take.
struct Unpacking {
    /// The tensors of the graph, by name.
    tensors: HashMap<String, TensorProto>,
    weights: File,
    /// The matrices that were unpacked, by the name of their first part.
    matrices: HashMap<String, Matrix>,
    files: Files,
    unpacked: Vec<TensorProto>,
}

impl Unpacking {
    fn new(tensors: Vec<TensorProto>, weights: File) -> Self {
        let tensors = tensors.into_iter().map(|tensor| (tensor.name().to_owned(), tensor));
        Self {
            tensors: tensors.collect(),
            weights,
            matrices: HashMap::new(),
            files: Vec::new(),
            unpacked: Vec::new(),
        }
    }

    /// Returns the operator of ONNX Runtime for one of ours.
    fn replacement(
        &mut self,
        node: &NodeProto,
        operator: &GgmlOperator<'_>,
    ) -> io::Result<NodeProto> {
        let Matrix { name, block } = self.matrix(operator)?;
        let (n, k) = (operator.n, operator.k);
        let is_gather = node.op_type() == GGML_GATHER;
        let (suffix, dims) =
            if is_gather { ("rows", vec![n, k]) } else { ("blocks", vec![n, k / block, block]) };
        let quants = self.declare(&format!("{name}.{suffix}"), &format!("{name}.quants"), &dims);
        let scales = format!("{name}.scales");
        let bits = [int("bits", 8), int("block_size", block as i64)];
        let (op_type, input, attributes) = if is_gather {
            let axes = [int("gather_axis", 0), int("quantize_axis", 1)];
            ("GatherBlockQuantized", vec![quants, operator.input.to_owned(), scales], axes.to_vec())
        } else {
            let mut input = vec![operator.input.to_owned(), quants, scales];
            if let Some(bias) = operator.bias {
                // Zero points and group indices lie between scales and bias.
                input.extend([String::new(), String::new(), bias.to_owned()]);
            }
            let shape = [int("K", k as i64), int("N", n as i64), int("accuracy_level", 4)];
            ("MatMulNBits", input, shape.to_vec())
        };
        Ok(NodeProto {
            op_type: Some(op_type.to_owned()),
            domain: Some(MICROSOFT_DOMAIN.to_owned()),
            input,
            attribute: [&bits[..], &attributes].concat(),
            ..node.clone()
        })
    }

    /// Unpacks the matrix of an operator, unless an operator before had the same.
    fn matrix(&mut self, operator: &GgmlOperator<'_>) -> io::Result<Matrix> {
        let (parts, n, k) = (&operator.parts, operator.n, operator.k);
        let name = parts[0].0.to_owned();
        if let Some(known) = self.matrices.get(&name) {
            return Ok(known.clone());
        }
        let block = parts.iter().map(|(_, format)| format.group_len()).min().unwrap_or_default();
        let (mut quants, mut scales) = (Vec::new(), Vec::new());
        for part in parts {
            self.unpack(*part, (k, block), &mut quants, &mut scales)?;
        }
        if n.checked_mul(k) != Some(quants.len()) {
            return Err(damaged(&name));
        }
        let matrix = Matrix { name, block };
        let file = |suffix| format!("{}.{suffix}", matrix.name);
        let scale_bytes = scales.iter().flat_map(|scale: &f32| scale.to_le_bytes()).collect();
        self.files.push((file("quants"), quants.into()));
        self.files.push((file("scales"), scale_bytes));
        let (name, dims) = (file("scales"), [n, k / block]);
        self.unpacked.push(tensor(
            &name,
            ElementType::Float,
            &dims,
            &self.files[self.files.len() - 1],
        ));
        self.matrices.insert(matrix.name.clone(), matrix.clone());
        Ok(matrix)
    }

    /// Appends the integers of a part, around 128, and the scale of each `block` of them.
    fn unpack(
        &mut self,
        (name, format): (&str, WeightFormat),
        (k, block): (usize, usize),
        quants: &mut Vec<u8>,
        scales: &mut Vec<f32>,
    ) -> io::Result<()> {
        let range = self.tensors.get(name).and_then(TensorProto::external_range);
        let bytes = self.read(range.ok_or_else(|| damaged(name))?)?;
        let row_len = format.stored_bytes(k);
        if row_len == 0 || !bytes.len().is_multiple_of(row_len) {
            return Err(damaged(name));
        }
        let groups = format.groups(&bytes);
        let groups = if format.has_minima() { groups.around_zero() } else { groups };
        quants.extend(groups.steps.iter().map(|step| step.cast_unsigned() ^ 0x80));
        let n_copies = format.group_len() / block;
        scales.extend(groups.scales.iter().flat_map(|scale| std::iter::repeat_n(scale, n_copies)));
        Ok(())
    }

    /// Declares a tensor of bytes in the file `file`, once, and returns its name.
    fn declare(&mut self, name: &str, file: &str, dims: &[usize]) -> String {
        let is_new = !self.unpacked.iter().any(|tensor| tensor.name() == name);
        if let Some(file) = self.files.iter().find(|(name, _)| name == file).filter(|_| is_new) {
            self.unpacked.push(tensor(name, ElementType::Uint8, dims, file));
        }
        name.to_owned()
    }

    /// Returns all tensors that the operators of `graph` take, and the files that they are in.
    fn finish(mut self, graph: &GraphProto) -> io::Result<(Vec<TensorProto>, Files)> {
        for name in graph.node.iter().flat_map(|node| &node.input) {
            let Some(tensor) = self.tensors.remove(name) else { continue };
            let kept = match tensor.external_range() {
                None => tensor,
                Some(range) => {
                    let bytes = self.read(range)?;
                    let length = bytes.len() as u64;
                    self.files.push((name.clone(), bytes.into()));
                    tensor.with_external_data(name, 0, length)
                }
            };
            self.unpacked.push(kept);
        }
        Ok((self.unpacked, self.files))
    }

    /// Reads some bytes of the file of weights.
    fn read(&mut self, range: Range<usize>) -> io::Result<Vec<u8>> {
        if range.end as u64 > self.weights.metadata()?.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; range.len()];
        self.weights.seek(SeekFrom::Start(range.start as u64))?;
        self.weights.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

fn damaged(name: &str) -> io::Error {
    io::Error::other(format!("the tensor {} is damaged", name.escape_debug()))
}

fn tensor(
    name: &str,
    element: ElementType,
    dims: &[usize],
    (file, bytes): &(String, Arc<[u8]>),
) -> TensorProto {
    let tensor = TensorProto {
        name: Some(name.to_owned()),
        data_type: Some(element as i32),
        dims: dims.iter().map(|&extent| extent as i64).collect(),
        ..TensorProto::default()
    };
    tensor.with_external_data(file, 0, bytes.len() as u64)
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        i: Some(value),
        kind: Some(AttributeKind::Int as i32),
        ..AttributeProto::default()
    }
}
