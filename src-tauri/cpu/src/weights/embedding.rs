//! [`Embedding`]: the vocabulary's vectors.

use std::sync::Arc;

use super::graph_file::GraphFile;
use crate::error::CpuError;

/// The unsigned byte that stands for zero.
const ZERO_POINT: i16 = 128;

/// The vocabulary's vectors, in unsigned bytes with one scale for each block of channels.
pub(crate) struct Embedding {
    width: usize,
    /// `[vocab_size, width]`.
    quants: Arc<[u8]>,
    /// `[vocab_size, width / block]`.
    scales: Vec<f32>,
}

impl Embedding {
    /// Loads the table of a graph. `None` if its numbers are of another kind.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if a tensor is missing or incomplete.
    pub(crate) fn load(file: &GraphFile) -> Result<Option<Self>, CpuError> {
        let Some(name) = file.embedding() else { return Ok(None) };
        let (quants, scales) =
            (file.tensor(&format!("{name}.rows"))?, file.tensor(&format!("{name}.scales"))?);
        let (Some([n, width]), Some([n_scales, n_blocks])) = (quants.matrix(), scales.matrix())
        else {
            return Ok(None);
        };
        let (Some(quants), Some(scales)) = (quants.unsigned(), scales.floats()) else {
            return Ok(None);
        };
        // A 4-bit table looks half as wide, and is refused because no layer fits to it.
        let is_whole = n == n_scales && n_blocks > 0 && width.is_multiple_of(n_blocks);
        Ok(is_whole.then(|| Self { width, quants: quants.into(), scales }))
    }

    /// Uses the bytes of `other` if they are the same, as in a model whose encoder and decoder have
    /// one table: the embedded model's is 8 MB.
    pub(crate) fn share(&mut self, other: &Self) {
        if self.quants == other.quants {
            self.quants = Arc::clone(&other.quants);
        }
    }

    /// Channels of a vector.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Size of the vocabulary.
    pub(crate) fn n_tokens(&self) -> usize {
        self.quants.len() / self.width
    }

    /// Checks that every id is in the vocabulary.
    ///
    /// # Errors
    /// [`CpuError::Input`] with the first one that is not.
    pub(crate) fn check(&self, ids: &[u32]) -> Result<(), CpuError> {
        match ids.iter().find(|id| **id as usize >= self.n_tokens()) {
            Some(id) => Err(CpuError::Input(format!("the model has no token {id}"))),
            None => Ok(()),
        }
    }

    /// Writes the vectors of `ids` to `rows`, `[n_ids, width]`.
    pub(crate) fn look_up_all(&self, ids: &[u32], rows: &mut Vec<f32>) {
        rows.resize(ids.len() * self.width, 0.0);
        for (row, id) in rows.chunks_exact_mut(self.width).zip(ids) {
            self.look_up(*id as usize, row);
        }
    }

    /// Writes a token's vector to `out`, `[width]`.
    fn look_up(&self, id: usize, out: &mut [f32]) {
        let n_blocks = self.scales.len() / self.n_tokens();
        let quants = &self.quants[id * self.width..][..self.width];
        dequantize(quants, &self.scales[id * n_blocks..][..n_blocks], out);
    }
}

/// Writes the floats that unsigned bytes stand for. Each of `scales` is that of an equal part of
/// the bytes.
pub(crate) fn dequantize(quants: &[u8], scales: &[f32], out: &mut [f32]) {
    let block = quants.len() / scales.len();
    let blocks = out.chunks_exact_mut(block).zip(quants.chunks_exact(block)).zip(scales);
    for ((out, quants), scale) in blocks {
        for (out, quant) in out.iter_mut().zip(quants) {
            *out = f32::from(i16::from(*quant) - ZERO_POINT) * scale;
        }
    }
}
