//! [`BlockMatrix`]: a linear layer for few rows of activations, such as the tokens of one decoder
//! step.

use std::ops::Range;

use super::block_tensor::BlockTensor;
use super::graph_file::GraphFile;
use super::huge_pages::HugePages;
use crate::error::CpuError;
use crate::kernels::{BlockFormat, BlockPanels, COLUMNS};

/// A linear layer without bias, `[.., k]` to `[.., n]`, with one scale for each block of a column
/// and weights in as few bits as hold them all. Its panels lie in [`HugePages`].
pub(crate) struct BlockMatrix {
    pub(crate) n: usize,
    pub(crate) k: usize,
    format: BlockFormat,
    /// The bytes of its panels.
    range: Range<usize>,
}

impl BlockMatrix {
    /// Packs the matrix of this name into `memory`. `None` if its numbers are not those that the
    /// kernels take.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one of its tensors is missing or incomplete, [`CpuError::Memory`] if
    /// `memory` is full.
    pub(crate) fn load(
        file: &GraphFile,
        name: &str,
        memory: &mut HugePages,
    ) -> Result<Option<Self>, CpuError> {
        BlockTensor::find(file, name)?.map(|source| Self::pack(&source, memory)).transpose()
    }

    /// Packs `source` into `memory`.
    ///
    /// # Errors
    /// [`CpuError::Memory`] if `memory` is full.
    pub(crate) fn pack(source: &BlockTensor<'_>, memory: &mut HugePages) -> Result<Self, CpuError> {
        let (n, k, format) = (source.n, source.k, source.panel_format());
        let len = packed_len(n, k, format);
        let (range, panels) = memory.take(len).map_err(CpuError::Memory)?;
        for (index, panel) in panels.chunks_exact_mut(format.panel_len(k)).enumerate() {
            let start = index * COLUMNS;
            format.pack(&source.groups(start..(start + COLUMNS).min(n)), k, panel);
        }
        Ok(Self { n, k, format, range })
    }

    /// The most bytes that a matrix of this shape takes. Saturates for the shapes of damaged files.
    pub(crate) fn packed_len([n, n_blocks, block]: [usize; 3]) -> usize {
        packed_len(n, n_blocks.saturating_mul(block), BlockFormat::bytes(block))
    }

    /// Weights of a column that share a scale.
    pub(crate) fn block(&self) -> usize {
        self.format.block
    }

    /// The columns `columns`, which begin and end at the edge of a panel.
    pub(crate) fn panels<'a>(
        &self,
        memory: &'a HugePages,
        columns: &Range<usize>,
    ) -> BlockPanels<'a> {
        let Self { k, format, .. } = *self;
        let bytes = memory.bytes(self.range.clone());
        let panel_len = format.panel_len(k);
        let panels = columns.start / COLUMNS..columns.end / COLUMNS;
        let bytes = &bytes[panels.start * panel_len..panels.end * panel_len];
        BlockPanels { bytes, k, format }
    }

    /// Writes the weights of a column to `weights`, `[k]`.
    pub(crate) fn column(&self, memory: &HugePages, index: usize, weights: &mut [f32]) {
        let panel = index / COLUMNS * COLUMNS;
        let panel = self.panels(memory, &(panel..panel + COLUMNS));
        self.format.column(panel.bytes, index % COLUMNS, weights);
    }

    /// Whether the matrix maps `k` inputs to `n` outputs.
    pub(crate) fn is_shaped(&self, n: usize, k: usize) -> bool {
        self.n == n && self.k == k
    }

    /// Columns, including those that fill up the last panel.
    pub(crate) fn n_padded(&self) -> usize {
        self.n.next_multiple_of(COLUMNS)
    }
}

/// Bytes of a matrix `[n, k]` in this format. Saturates for the shapes of damaged files.
pub(crate) fn packed_len(n: usize, k: usize, format: BlockFormat) -> usize {
    n.div_ceil(COLUMNS).saturating_mul(format.panel_len(k))
}
