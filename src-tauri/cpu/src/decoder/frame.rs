//! [`Frame`]: the weights around the layers, which decoders of every architecture have.

use crate::error::CpuError;
use crate::output_head::head::OutputHead;
use crate::weights::block_matrix::BlockMatrix;
use crate::weights::embedding::Embedding;
use crate::weights::ggml_table::GgmlTable;
use crate::weights::huge_pages::HugePages;

/// What a decoder has before and behind its layers.
pub(crate) struct Frame {
    pub(crate) d_model: usize,
    /// Added to the mean square in norms.
    pub(crate) epsilon: f32,
    pub(crate) token_vectors: TokenVectors,
    /// `[d_model]`: the weights of the norm before the head.
    pub(crate) final_norm: Vec<f32>,
    pub(crate) head: OutputHead,
    /// The memory that all matrices are packed into, in the order in which a step reads them.
    pub(crate) memory: HugePages,
}

/// Where the vectors of the vocabulary's tokens are.
pub(crate) enum TokenVectors {
    /// In a table of their own.
    Table(Embedding),
    /// The columns of a matrix in the frame's memory.
    Columns(BlockMatrix),
    /// In a table in blocks of llama.cpp.
    Ggml(GgmlTable),
    /// The columns of the head.
    Head,
}

impl Frame {
    /// Whether the shapes fit together.
    pub(crate) fn is_whole(&self) -> bool {
        let width = match &self.token_vectors {
            TokenVectors::Table(table) => table.width(),
            TokenVectors::Columns(matrix) => matrix.k,
            TokenVectors::Ggml(table) => table.width(),
            TokenVectors::Head => self.head.matrix.k,
        };
        width == self.d_model
            && self.final_norm.len() == self.d_model
            && self.head.matrix.k == self.d_model
            && self.head.matrix.n >= self.n_tokens()
    }

    /// Size of the vocabulary.
    pub(crate) fn n_tokens(&self) -> usize {
        match &self.token_vectors {
            TokenVectors::Table(table) => table.n_tokens(),
            TokenVectors::Columns(matrix) => matrix.n,
            TokenVectors::Ggml(table) => table.n_tokens(),
            TokenVectors::Head => self.head.matrix.n,
        }
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

    /// Writes the vectors of `ids` to `rows`, `[n_ids, d_model]`.
    pub(crate) fn look_up(&self, ids: &[u32], rows: &mut Vec<f32>) {
        let matrix = match &self.token_vectors {
            TokenVectors::Table(table) => return table.look_up_all(ids, rows),
            TokenVectors::Ggml(table) => return table.look_up_all(ids, rows),
            TokenVectors::Columns(matrix) => matrix,
            TokenVectors::Head => &self.head.matrix,
        };
        rows.resize(ids.len() * self.d_model, 0.0);
        for (row, id) in rows.chunks_exact_mut(self.d_model).zip(ids) {
            matrix.column(&self.memory, *id as usize, row);
        }
    }
}
