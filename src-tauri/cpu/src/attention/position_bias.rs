//! [`PositionBias`]: what attention adds to a score for the distance between query and key (Shaw et
//! al. 2018,
//! "Self-Attention with Relative Position Representations", in T5's form of one scalar per head and
//! distance).

use crate::kernels::KEYS;

/// For each head and each distance, the bias that is added to the score.
#[derive(Debug)]
pub(crate) struct PositionBias {
    /// `[n_heads, width]`: the bias of key `j` for query `i` is in column `j - i + max_len - 1`. A
    /// panel's width of zeros follows, so that the biases of a prompt's last, partly filled panel
    /// can be read.
    table: Vec<f32>,
    width: usize,
    max_len: usize,
}

impl PositionBias {
    /// Takes the graph's table, `[n_heads, 2 * max_len - 1]`.
    pub(crate) fn new(table: &[f32], n_heads: usize) -> Self {
        let n_distances = table.len() / n_heads;
        let padding = [0.0; KEYS];
        let heads = table.chunks_exact(n_distances);
        let table = heads.flat_map(|head| head.iter().chain(&padding).copied()).collect();
        Self { table, width: n_distances + KEYS, max_len: n_distances.div_ceil(2) }
    }

    /// Tokens of the longest prompt whose distances all have a bias.
    pub(crate) fn max_len(&self) -> usize {
        self.max_len
    }

    /// Returns the biases of a head, and the index of the bias of the first key for query `token`.
    pub(crate) fn of(&self, head: usize, token: usize) -> (&[f32], usize) {
        (&self.table[head * self.width..][..self.width], self.max_len - 1 - token)
    }
}
