//! [`Parts`]: the matrix of a product, in the model's files one tensor or several.

use std::ops::Range;

use pounce_model_format::onnx::{GgmlOperator, NodeProto};
use pounce_model_format::weight_format::WeightFormat;

use super::graph::{AttentionSettings, attribute, input};
use crate::error::CpuError;
use crate::weights::block_matrix::BlockMatrix;
use crate::weights::block_tensor::BlockTensor;
use crate::weights::graph_file::GraphFile;
use crate::weights::huge_pages::HugePages;

/// The parts of a product's matrix, one below the other, and its bias.
pub(super) struct Parts<'a> {
    sources: Vec<BlockTensor<'a>>,
    pub(super) bias: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Reads the parts of a product; `None` if it is of another kind.
    pub(super) fn read(file: &'a GraphFile, node: &'a NodeProto) -> Result<Option<Self>, CpuError> {
        if let Some(GgmlOperator { parts, bias, k, .. }) = GgmlOperator::read(node) {
            let load = |part: (&str, WeightFormat)| BlockTensor::load_ggml(file, part, k);
            let sources = parts.into_iter().map(load).collect::<Result<Option<Vec<_>>, _>>()?;
            return Ok(sources.map(|sources| Self { sources, bias }));
        }
        let has_zero_points = input(node, 3).is_some() || input(node, 4).is_some();
        let names = (input(node, 1), input(node, 2));
        let (false, (Some(quants), Some(scales))) = (has_zero_points, names) else {
            return Ok(None);
        };
        let source = load(file, [quants, scales], node)?;
        Ok(source.map(|source| Self { sources: vec![source], bias: input(node, 5) }))
    }

    /// Splits the outputs into queries, keys and values; `None` if they are no whole heads.
    pub(super) fn split(&self, settings: AttentionSettings) -> Option<[Range<usize>; 3]> {
        let AttentionSettings { n_heads, n_kv_heads, .. } = settings;
        let n: usize = self.sources.iter().map(|source| source.n).sum();
        let n_parts = n_heads + 2 * n_kv_heads;
        let [keys, values] = [n_heads, n_heads + n_kv_heads].map(|head| n / n_parts * head);
        n.is_multiple_of(n_parts).then_some([0..keys, keys..values, values..n])
    }

    /// Packs the rows `outputs` of the matrix; `None` if they are not all in one part.
    pub(super) fn pack(
        &self,
        outputs: &Range<usize>,
        memory: &mut HugePages,
    ) -> Result<Option<BlockMatrix>, CpuError> {
        let mut start = 0;
        for source in &self.sources {
            let end = start + source.n;
            if start <= outputs.start && outputs.end <= end {
                let outputs = source.outputs(outputs.start - start..outputs.end - start);
                return BlockMatrix::pack(&outputs, memory).map(Some);
            }
            start = end;
        }
        Ok(None)
    }
}

/// Loads the weights of a product without bias; `None` if it is of another kind.
pub(super) fn tensor<'a>(
    file: &'a GraphFile,
    node: &'a NodeProto,
) -> Result<Option<BlockTensor<'a>>, CpuError> {
    let parts = Parts::read(file, node)?.filter(|parts| parts.bias.is_none());
    Ok(parts
        .and_then(|mut parts| if parts.sources.len() == 1 { parts.sources.pop() } else { None }))
}

/// Loads the table of an embedding; `None` if it is of another kind.
pub(super) fn table<'a>(
    file: &'a GraphFile,
    node: &NodeProto,
) -> Result<Option<BlockTensor<'a>>, CpuError> {
    let names = (input(node, 0), input(node, 2));
    let (None, (Some(quants), Some(scales))) = (input(node, 3), names) else { return Ok(None) };
    load(file, [quants, scales], node)
}

/// Loads integers and scales, whose layout the node's attributes say.
fn load<'a>(
    file: &'a GraphFile,
    names: [&str; 2],
    node: &NodeProto,
) -> Result<Option<BlockTensor<'a>>, CpuError> {
    let number = |name: &str| attribute(node, name).and_then(|it| usize::try_from(it.i()).ok());
    let (Some(bits), Some(block)) = (number("bits"), number("block_size")) else { return Ok(None) };
    BlockTensor::load(file, names, (bits, block))
}
