//! [`LlamaWeights`]: the weights of a model's layers.

use std::ops::Range;

use pounce_model_format::onnx::{GgmlOperator, NodeProto};

use super::graph::{AttentionSettings, LayerNodes, LlamaGraph, input};
use super::parts::{Parts, table, tensor};
use super::rotation::Rotation;
use crate::decoder::frame::{Frame, TokenVectors};
use crate::error::CpuError;
use crate::kernels::{COLUMNS, HEAD_SIZE};
use crate::output_head::head::OutputHead;
use crate::weights::block_matrix::BlockMatrix;
use crate::weights::ggml_table::GgmlTable;
use crate::weights::graph_file::GraphFile;
use crate::weights::huge_pages::HugePages;

/// The weights of all layers.
pub(crate) struct LlamaWeights {
    pub(crate) n_heads: usize,
    /// Heads of keys and values, each of which serves as many heads of queries.
    pub(crate) n_kv_heads: usize,
    /// Multiplied with the product of a query and a key.
    pub(crate) scale: f32,
    pub(crate) rotation: Rotation,
    pub(crate) layers: Vec<LlamaLayer>,
}

/// The weights of one layer.
pub(crate) struct LlamaLayer {
    /// `[d_model]`.
    pub(crate) attention_norm: Vec<f32>,
    pub(crate) q: Projection,
    pub(crate) k: Projection,
    pub(crate) v: Projection,
    pub(crate) o: BlockMatrix,
    /// `[d_model]`.
    pub(crate) feed_forward_norm: Vec<f32>,
    pub(crate) gate: BlockMatrix,
    pub(crate) up: BlockMatrix,
    pub(crate) down: BlockMatrix,
}

/// The projection of a token to its queries, keys or values.
pub(crate) struct Projection {
    pub(crate) matrix: BlockMatrix,
    /// `[n_heads * head_size]`; empty if there is none.
    pub(crate) bias: Vec<f32>,
}

/// Takes weights out of a model's files, in the order in which a step reads them.
struct Loader<'a> {
    file: &'a GraphFile,
    memory: HugePages,
}

impl LlamaWeights {
    /// Loads the weights of a graph, and those around its layers. `None` if the kernels do not take
    /// their shapes.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one is missing or incomplete, [`CpuError::Memory`] if there is no
    /// memory for them.
    pub(crate) fn load(file: &GraphFile) -> Result<Option<(Frame, Self)>, CpuError> {
        let Some(graph) = LlamaGraph::read(file.nodes()) else { return Ok(None) };
        let Some(settings) = settings(&graph) else { return Ok(None) };
        let attention = graph.layers[0].attention;
        let (Some(cos), Some(sin)) = (input(attention, 7), input(attention, 8)) else {
            return Ok(None);
        };
        let Some(rotation) = Rotation::load(file, [cos, sin], settings.pairs)? else {
            return Ok(None);
        };
        let len = OutputHead::memory_len(file)?.saturating_add(table_len(file)?);
        let memory = HugePages::new(len).map_err(CpuError::Memory)?;
        let mut loader = Loader { file, memory };
        let layers = graph.layers.iter().map(|nodes| loader.layer(nodes, settings));
        let Some(layers) = layers.collect::<Result<Option<Vec<_>>, _>>()? else { return Ok(None) };
        let Some(frame) = loader.frame(&graph)? else { return Ok(None) };
        let AttentionSettings { n_heads, n_kv_heads, scale, .. } = settings;
        let weights = Self { n_heads, n_kv_heads, scale, rotation, layers };
        let fit_together = frame.is_whole() && weights.fit_together(frame.d_model);
        Ok(fit_together.then_some((frame, weights)))
    }

    /// Channels of a head: a multiple of 64.
    pub(crate) fn head_size(&self) -> usize {
        self.rotation.head_size()
    }

    /// The most threads among which every matrix and every attention can be split so that each has
    /// a panel and a head.
    pub(crate) fn max_threads(&self, frame: &Frame) -> usize {
        let panels = |matrix: &BlockMatrix| matrix.n_padded() / COLUMNS;
        let shared = |layer: &LlamaLayer| [&layer.o, &layer.gate, &layer.down].map(panels);
        let panels = self.layers.iter().flat_map(shared).chain([panels(&frame.head.matrix)]);
        panels.fold(self.n_heads, usize::min)
    }

    /// Whether the shapes of all layers fit together.
    fn fit_together(&self, d_model: usize) -> bool {
        let head_size = self.head_size();
        let (inner, kv) = (self.n_heads * head_size, self.n_kv_heads * head_size);
        let is_projection = |projection: &Projection, n: usize| {
            projection.matrix.is_shaped(n, d_model) && [0, n].contains(&projection.bias.len())
        };
        let is_layer = |layer: &LlamaLayer| {
            let d_ff = layer.gate.n;
            [&layer.attention_norm, &layer.feed_forward_norm].iter().all(|it| it.len() == d_model)
                && is_projection(&layer.q, inner)
                && is_projection(&layer.k, kv)
                && is_projection(&layer.v, kv)
                && layer.o.is_shaped(d_model, inner)
                && layer.gate.is_shaped(d_ff, d_model)
                && layer.up.is_shaped(d_ff, d_model)
                && layer.down.is_shaped(d_model, d_ff)
                && d_ff.is_multiple_of(COLUMNS)
        };
        d_model.is_multiple_of(COLUMNS)
            && head_size.is_multiple_of(HEAD_SIZE)
            && self.layers.iter().all(is_layer)
    }
}

/// The settings of attention, which are the same in all layers.
fn settings(graph: &LlamaGraph<'_>) -> Option<AttentionSettings> {
    let mut settings = graph.layers.iter().map(|layer| AttentionSettings::of(layer.attention));
    let first = settings.next()??;
    settings.all(|settings| settings == Some(first)).then_some(first)
}

/// Bytes that an embedding table of its own takes at most.
fn table_len(file: &GraphFile) -> Result<usize, CpuError> {
    let Some(name) = file.embedding() else { return Ok(0) };
    let scales = file.dims(&format!("{name}.scales"))?;
    let rows = file.dims(&format!("{name}.rows"))?;
    let size = |dims: &[i64], axis: usize| {
        dims.get(axis).and_then(|size| usize::try_from(*size).ok()).filter(|size| *size > 0)
    };
    let (Some(n), Some(width), Some(n_blocks)) = (size(rows, 0), size(rows, 1), size(scales, 1))
    else {
        return Ok(0);
    };
    Ok(BlockMatrix::packed_len([n, n_blocks, (width / n_blocks).max(COLUMNS)]))
}

impl Loader<'_> {
    fn layer(
        &mut self,
        nodes: &LayerNodes<'_>,
        settings: AttentionSettings,
    ) -> Result<Option<LlamaLayer>, CpuError> {
        let Some([q, k, v]) = self.projections(nodes.qkv, settings)? else { return Ok(None) };
        let (Some(o), Some(gate), Some(up), Some(down)) = (
            self.matrix(nodes.o)?,
            self.matrix(nodes.gate)?,
            self.matrix(nodes.up)?,
            self.matrix(nodes.down)?,
        ) else {
            return Ok(None);
        };
        let [attention_norm, feed_forward_norm] =
            [nodes.attention_norm, nodes.feed_forward_norm].map(|name| self.file.vector(name));
        let (attention_norm, feed_forward_norm) = (attention_norm?, feed_forward_norm?);
        Ok(Some(LlamaLayer { attention_norm, q, k, v, o, feed_forward_norm, gate, up, down }))
    }

    /// Loads the matrices of queries, keys and values, each in as few bits as it needs.
    fn projections(
        &mut self,
        node: &NodeProto,
        settings: AttentionSettings,
    ) -> Result<Option<[Projection; 3]>, CpuError> {
        let Some(parts) = Parts::read(self.file, node)? else { return Ok(None) };
        let Some(outputs) = parts.split(settings) else { return Ok(None) };
        let bias = parts.bias.map(|name| self.file.vector(name)).transpose()?.unwrap_or_default();
        if ![0, outputs.iter().map(Range::len).sum()].contains(&bias.len()) {
            return Ok(None);
        }
        let mut projection = |outputs: Range<usize>| -> Result<_, CpuError> {
            let matrix = parts.pack(&outputs, &mut self.memory)?;
            let bias = bias.get(outputs).unwrap_or_default().to_vec();
            Ok(matrix.map(|matrix| Projection { matrix, bias }))
        };
        let [q, k, v] = outputs.map(&mut projection);
        Ok(match (q?, k?, v?) {
            (Some(q), Some(k), Some(v)) => Some([q, k, v]),
            _ => None,
        })
    }

    /// Loads the matrix of a product without bias.
    fn matrix(&mut self, node: &NodeProto) -> Result<Option<BlockMatrix>, CpuError> {
        let source = tensor(self.file, node)?;
        source.map(|source| BlockMatrix::pack(&source, &mut self.memory)).transpose()
    }

    fn head(&mut self, node: &NodeProto) -> Result<Option<OutputHead>, CpuError> {
        let Some(source) = tensor(self.file, node)? else { return Ok(None) };
        OutputHead::pack(&source, &mut self.memory)
    }

    /// Loads the vectors of the vocabulary's tokens, unless they are the head's columns.
    fn token_vectors(&mut self, graph: &LlamaGraph<'_>) -> Result<Option<TokenVectors>, CpuError> {
        if let Some(GgmlOperator { parts, k, .. }) = GgmlOperator::read(graph.embedding) {
            let head = GgmlOperator::read(graph.head);
            if head.is_some_and(|head| head.parts == parts) {
                return Ok(Some(TokenVectors::Head));
            }
            let [part] = parts[..] else { return Ok(None) };
            return Ok(GgmlTable::load(self.file, part, k)?.map(TokenVectors::Ggml));
        }
        let rows = input(graph.embedding, 0).and_then(|name| name.strip_suffix(".rows"));
        let columns = input(graph.head, 1).and_then(|name| name.strip_suffix(".blocks"));
        if rows.is_some() && rows == columns {
            return Ok(Some(TokenVectors::Head));
        }
        let Some(table) = table(self.file, graph.embedding)? else { return Ok(None) };
        Ok(Some(TokenVectors::Columns(BlockMatrix::pack(&table, &mut self.memory)?)))
    }

    /// Loads what is around the layers.
    fn frame(mut self, graph: &LlamaGraph<'_>) -> Result<Option<Frame>, CpuError> {
        let Some(head) = self.head(graph.head)? else { return Ok(None) };
        let Some(token_vectors) = self.token_vectors(graph)? else { return Ok(None) };
        let final_norm = self.file.vector(graph.final_norm)?;
        let (d_model, epsilon) = (head.matrix.k, self.file.epsilon());
        Ok(Some(Frame { d_model, epsilon, token_vectors, final_norm, head, memory: self.memory }))
    }
}
