//! [`BlockMatrix`]: a linear layer for few rows of activations, such as the tokens of one decoder
//! step.

use std::borrow::Cow;
use std::ops::Range;

use super::embedding::dequantize;
use super::graph_file::GraphFile;
use super::huge_pages::HugePages;
use super::tensor::block_shape;
use crate::error::CpuError;
use crate::kernels::{BlockFormat, BlockPanels, COLUMNS, MAX_SUM_TERMS};

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
        let BlockTensor { n, k, block, quants, scales } = source;
        let format = BlockFormat::smallest(quants, scales, *block);
        let panel_len = format.panel_len(*k);
        let (range, panels) =
            memory.take(n.div_ceil(COLUMNS) * panel_len).map_err(CpuError::Memory)?;
        let columns = quants.chunks(COLUMNS * k).zip(scales.chunks(COLUMNS * k / block));
        for ((quants, scales), panel) in columns.zip(panels.chunks_exact_mut(panel_len)) {
            format.pack(quants, scales, *k, panel);
        }
        Ok(Self { n: *n, k: *k, format, range })
    }

    /// The most bytes that a matrix of this shape takes. Saturates for the shapes of damaged files.
    pub(crate) fn packed_len([n, n_blocks, block]: [usize; 3]) -> usize {
        let panel_len = BlockFormat::bytes(block).panel_len(n_blocks.saturating_mul(block));
        n.div_ceil(COLUMNS).saturating_mul(panel_len)
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
    /// Finds the matrix of this name, which has 8 bits. `None` if its numbers are not those that the
    /// kernels take.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one of its tensors is missing or incomplete.
    pub(crate) fn find(file: &'a GraphFile, name: &str) -> Result<Option<Self>, CpuError> {
        let quants = format!("{name}.blocks");
        if !file.has(&quants) {
            return Ok(None);
        }
        let Some([_, _, block]) = block_shape(file.dims(&quants)?) else { return Ok(None) };
        // A 4-bit matrix looks half as wide, and is refused because no layer fits to it.
        Self::load(file, [&quants, &format!("{name}.scales")], (8, block))
    }

    /// Loads the matrix whose integers, of the given bits in blocks of `block`, and scales have these
    /// names. `None` if they are not numbers that the kernels take.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one of its tensors is missing or incomplete.
    pub(crate) fn load(
        file: &'a GraphFile,
        [quants, scales]: [&str; 2],
        (n_bits, block): (usize, usize),
    ) -> Result<Option<Self>, CpuError> {
        let (quants, scales) = (file.tensor(quants)?, file.tensor(scales)?);
        let (Some([n, n_blocks]), Some(quants), Some(scales)) =
            (scales.matrix(), quants.unsigned(), scales.floats())
        else {
            return Ok(None);
        };
        let quants = match n_bits {
            4 => Cow::Owned(bytes_of_halves(&quants)),
            8 => quants,
            _ => return Ok(None),
        };
        let k = n_blocks.saturating_mul(block);
        let is_known = quants.len() == n.saturating_mul(k)
            && block.is_multiple_of(COLUMNS)
            && (1..=MAX_SUM_TERMS).contains(&block);
        Ok(is_known.then_some(Self { n, k, block, quants, scales }))
    }

    /// Some of its outputs.
    pub(crate) fn outputs(&self, range: Range<usize>) -> BlockTensor<'_> {
        let Self { k, block, ref quants, ref scales, .. } = *self;
        let n_blocks = k / block;
        BlockTensor {
            n: range.len(),
            k,
            block,
            quants: Cow::Borrowed(&quants[range.start * k..range.end * k]),
            scales: scales[range.start * n_blocks..range.end * n_blocks].to_vec(),
        }
    }

    /// Writes a column's weights to `weights`, `[k]`.
    pub(crate) fn column(&self, index: usize, weights: &mut [f32]) {
        let n_blocks = self.k / self.block;
        let quants = &self.quants[index * self.k..][..self.k];
        dequantize(quants, &self.scales[index * n_blocks..][..n_blocks], weights);
    }
}

/// The bytes around 128 that 4-bit integers around 8 stand for, two in each byte, the first one in
/// the lower half.
fn bytes_of_halves(halves: &[u8]) -> Vec<u8> {
    let byte = |half: u8| half + (128 - 8);
    halves.iter().flat_map(|halves| [byte(halves & 0x0f), byte(halves >> 4)]).collect()
}
