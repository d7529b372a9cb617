//! [`GgmlTable`]: the vocabulary's vectors in blocks of llama.cpp, as the file has them. Of these a
//! step decodes one vector for each token.

use pounce_model_format::weight_format::WeightFormat;

use super::graph_file::GraphFile;
use crate::error::CpuError;

/// The vocabulary's vectors, `[vocab_size, width]`.
pub(crate) struct GgmlTable {
    stored: WeightFormat,
    width: usize,
    /// `[vocab_size, bytes of a vector]`.
    rows: Vec<u8>,
}

impl GgmlTable {
    /// Loads a table of vectors with `width` channels. `None` if its rows are not whole blocks.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if the tensor is missing or incomplete, or has a scale that is not finite.
    pub(crate) fn load(
        file: &GraphFile,
        (name, stored): (&str, WeightFormat),
        width: usize,
    ) -> Result<Option<Self>, CpuError> {
        let tensor = file.tensor(name)?;
        let (Some([_, row_len]), Some(rows)) = (tensor.matrix(), tensor.unsigned()) else {
            return Ok(None);
        };
        let is_whole =
            width.is_multiple_of(stored.block_len()) && row_len == stored.stored_bytes(width);
        if is_whole && !stored.has_finite_scales(&rows) {
            return Err(CpuError::Tensor(name.to_owned()));
        }
        Ok(is_whole.then(|| Self { stored, width, rows: rows.into_owned() }))
    }

    /// Channels of a vector.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Size of the vocabulary.
    pub(crate) fn n_tokens(&self) -> usize {
        self.rows.len() / self.row_len()
    }

    /// Writes the vectors of `ids` to `rows`, `[n_ids, width]`.
    pub(crate) fn look_up_all(&self, ids: &[u32], rows: &mut Vec<f32>) {
        rows.clear();
        for id in ids {
            let row = &self.rows[*id as usize * self.row_len()..][..self.row_len()];
            rows.extend(self.stored.decode(row));
        }
    }

    /// Bytes of a vector.
    fn row_len(&self) -> usize {
        self.stored.stored_bytes(self.width)
    }
}
