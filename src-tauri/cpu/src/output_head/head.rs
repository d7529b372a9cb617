//! [`OutputHead`]: the head's weights, exact and in 4 bits.

use super::approximate_head::ApproximateHead;
use crate::error::CpuError;
use crate::weights::block_matrix::{BlockMatrix, BlockTensor};
use crate::weights::graph_file::GraphFile;
use crate::weights::huge_pages::HugePages;

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
        let source = source.filter(|head| ApproximateHead::supports(head.k, head.block));
        let Some(source) = source else { return Ok(None) };
        let matrix = BlockMatrix::pack(&source, memory)?;
        let column = |index: usize, weights: &mut [f32]| source.column(index, weights);
        let approximate = ApproximateHead::pack(source.n, source.k, column, memory)?;
        Ok(Some(Self { matrix, approximate }))
    }
}
