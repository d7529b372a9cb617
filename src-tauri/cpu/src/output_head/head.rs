//! [`OutputHead`]: the head's weights, exact and in 4 bits.

use pounce_model_format::onnx::GgmlOperator;

use super::approximate_head::ApproximateHead;
use crate::error::CpuError;
use crate::kernels::BlockFormat;
use crate::weights::block_matrix::{BlockMatrix, packed_len};
use crate::weights::block_tensor::BlockTensor;
use crate::weights::graph_file::GraphFile;
use crate::weights::huge_pages::HugePages;
use crate::weights::tensor::block_shape;

/// The output head of a decoder, `[.., d_model]` to `[.., vocab_size]`.
pub(crate) struct OutputHead {
    /// The weights from which logits are computed.
    pub(crate) matrix: BlockMatrix,
    /// The same weights in 4 bits.
    pub(crate) approximate: ApproximateHead,
}

impl OutputHead {
    /// Packs the head of a graph, the matrix whose product is named `logits`, into `memory`. `None`
    /// if its numbers are not those that the kernels take.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one of its tensors is missing or incomplete, [`CpuError::Memory`] if
    /// `memory` is full.
    pub(crate) fn load(file: &GraphFile, memory: &mut HugePages) -> Result<Option<Self>, CpuError> {
        let name = file.weights_of("logits").and_then(|name| name.strip_suffix(".blocks"));
        let source = name.map(|name| BlockTensor::find(file, name)).transpose()?.flatten();
        source.map_or(Ok(None), |source| Self::pack(&source, memory))
    }

    /// Packs a head into `memory`. `None` if its logits cannot be estimated.
    ///
    /// # Errors
    /// [`CpuError::Memory`] if `memory` is full.
    pub(crate) fn pack(
        source: &BlockTensor<'_>,
        memory: &mut HugePages,
    ) -> Result<Option<Self>, CpuError> {
        if !ApproximateHead::supports(source.k, source.block()) {
            return Ok(None);
        }
        let matrix = BlockMatrix::pack(source, memory)?;
        let column = |index: usize, weights: &mut [f32]| source.column(index, weights);
        let approximate = ApproximateHead::pack(source.n, source.k, column, memory)?;
        Ok(Some(Self { matrix, approximate }))
    }

    /// Bytes that all matrices of a graph take at most, plus those of the largest one, which may be
    /// the head, in 4 bits.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if a tensor is missing.
    pub(crate) fn memory_len(file: &GraphFile) -> Result<usize, CpuError> {
        let matrices = file.names().filter(|name| name.ends_with(".blocks"));
        let mut lens = Vec::new();
        for name in matrices {
            // A matrix of another kind is refused when it is packed.
            let Some(shape) = block_shape(file.dims(name)?) else { continue };
            let [n, n_blocks, block] = shape;
            let approximate_len = ApproximateHead::packed_len(n, n_blocks.saturating_mul(block));
            lens.push((BlockMatrix::packed_len(shape), approximate_len));
        }
        for operator in file.nodes().iter().filter_map(GgmlOperator::read) {
            lens.push(ggml_lens(file, &operator)?);
        }
        let head_len = lens.iter().map(|(_, len)| *len).max().unwrap_or_default();
        Ok(lens.iter().fold(head_len, |sum, (len, _)| sum.saturating_add(*len)))
    }
}

/// Bytes of a matrix in blocks of llama.cpp, and in 4 bits.
fn ggml_lens(file: &GraphFile, operator: &GgmlOperator<'_>) -> Result<(usize, usize), CpuError> {
    let GgmlOperator { ref parts, n, k, .. } = *operator;
    let mut len: usize = 0;
    for (name, stored) in parts {
        let n_rows = file.dims(name)?.first().and_then(|rows| usize::try_from(*rows).ok());
        // A matrix that the kernels do not take is refused when it is packed.
        let (Some(n_rows), Some(format)) = (n_rows, BlockFormat::of(*stored)) else { continue };
        len = len.saturating_add(packed_len(n_rows, k, format));
    }
    Ok((len, ApproximateHead::packed_len(n, k)))
}
