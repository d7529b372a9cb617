//! [`BlockMatrix`]: a linear layer for few rows of activations, such as the tokens of one decoder
//! step.

use std::borrow::Cow;
use std::ops::Range;

use super::embedding::dequantize;
use super::graph_file::GraphFile;
use super::huge_pages::HugePages;
use crate::error::CpuError;
use crate::kernels::{BlockPanels, COLUMNS, MAX_SUM_TERMS};

/// A linear layer without bias, `[.., k]` to `[.., n]`, with weights in unsigned bytes and one
/// scale for each block of a column. Its panels lie in [`HugePages`].
pub(crate) struct BlockMatrix {
    pub(crate) n: usize,
    pub(crate) k: usize,
    /// Weights of a column that share a scale.
    pub(crate) block: usize,
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
        let BlockTensor { n, k, block, quants, scales } = source;
        let panel_len = BlockPanels::panel_len(*k, *block);
        let (range, panels) =
            memory.take(n.div_ceil(COLUMNS) * panel_len).map_err(CpuError::Memory)?;
        let columns = quants.chunks(COLUMNS * k).zip(scales.chunks(COLUMNS * k / block));
        for ((quants, scales), panel) in columns.zip(panels.chunks_exact_mut(panel_len)) {
            BlockPanels::pack(quants, scales, (*k, *block), panel);
        }
        Ok(Self { n: *n, k: *k, block: *block, range })
    }

    /// Bytes that a matrix of this shape takes. Saturates for the shapes of damaged files.
    pub(crate) fn packed_len([n, n_blocks, block]: [usize; 3]) -> usize {
        let panel_len = BlockPanels::panel_len(n_blocks.saturating_mul(block), block);
        n.div_ceil(COLUMNS).saturating_mul(panel_len)
    }

    /// The columns `columns`, which begin and end at the edge of a panel.
    pub(crate) fn panels<'a>(
        &self,
        memory: &'a HugePages,
        columns: &Range<usize>,
    ) -> BlockPanels<'a> {
        let Self { k, block, .. } = *self;
        let bytes = memory.bytes(self.range.clone());
        let column_len = BlockPanels::panel_len(k, block) / COLUMNS;
        BlockPanels {
            bytes: &bytes[columns.start * column_len..columns.end * column_len],
            k,
            block,
        }
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

/// A matrix as it lies in the model's files.
pub(crate) struct BlockTensor<'a> {
    pub(crate) n: usize,
    pub(crate) k: usize,
    /// Weights of a column that share a scale.
    pub(crate) block: usize,
    /// `[n, k]`.
    quants: Cow<'a, [u8]>,
    /// `[n, k / block]`.
    scales: Vec<f32>,
}

impl<'a> BlockTensor<'a> {
    /// Finds the matrix of this name. `None` if its numbers are not those that the kernels take.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one of its tensors is missing or incomplete.
    pub(crate) fn find(file: &'a GraphFile, name: &str) -> Result<Option<Self>, CpuError> {
        let blocks = format!("{name}.blocks");
        if !file.has(&blocks) {
            return Ok(None);
        }
        let quants = file.tensor(&blocks)?;
        let Some([n, n_blocks, block]) = quants.blocks() else { return Ok(None) };
        let scales = file.tensor(&format!("{name}.scales"))?;
        let (Some(quants), Some(shape), Some(scales)) =
            (quants.unsigned(), scales.matrix(), scales.floats())
        else {
            return Ok(None);
        };
        // A 4-bit matrix looks half as wide, and is refused because no layer fits to it.
        let is_known =
            shape == [n, n_blocks] && block.is_multiple_of(COLUMNS) && block <= MAX_SUM_TERMS;
        Ok(is_known.then(|| Self { n, k: n_blocks * block, block, quants, scales }))
    }

    /// Writes a column's weights to `weights`, `[k]`.
    pub(crate) fn column(&self, index: usize, weights: &mut [f32]) {
        let n_blocks = self.k / self.block;
        let quants = &self.quants[index * self.k..][..self.k];
        dequantize(quants, &self.scales[index * n_blocks..][..n_blocks], weights);
    }
}
