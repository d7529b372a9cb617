//! T5's relative position bias as tables over distances, so that a graph only has to look up.
//!
//! The buckets are those of Raffel et al., "Exploring the Limits of Transfer Learning with a
//! Unified Text-to-Text Transformer", section 2.1, as Hugging Face's
//! `T5Attention._relative_position_bucket` computes them, in 32-bit floats like there: half of
//! the buckets are one distance each, the rest widen logarithmically up to the largest distance.

/// The learnt biases of one stack.
#[derive(Debug)]
pub(crate) struct PositionBias<'a> {
    /// `[n_buckets, n_heads]`.
    pub(crate) weights: &'a [f32],
    /// Heads of the attention.
    pub(crate) n_heads: usize,
    /// Buckets for all directions together.
    pub(crate) n_buckets: usize,
    /// Distances from here on share a bucket.
    pub(crate) max_distance: usize,
}

impl PositionBias<'_> {
    /// `[n_heads, 2 * max_seq_len - 1]`: column `j - i + max_seq_len - 1` is the bias of looking
    /// from position `i` at position `j`, in either direction.
    pub(crate) fn both_ways(&self, max_seq_len: usize) -> Vec<f32> {
        let n_side = self.n_buckets / 2;
        let behind = (1..max_seq_len).rev().map(|distance| self.bucket(distance, n_side));
        let ahead = (1..max_seq_len).map(|distance| n_side + self.bucket(distance, n_side));
        let buckets: Vec<usize> = behind.chain([0]).chain(ahead).collect();
        self.columns(&buckets)
    }

    /// `[n_heads, max_seq_len]`: column `i - j` is the bias of looking from `i` back at `j`.
    pub(crate) fn backwards(&self, max_seq_len: usize) -> Vec<f32> {
        let buckets = (0..max_seq_len).map(|distance| self.bucket(distance, self.n_buckets));
        self.columns(&buckets.collect::<Vec<usize>>())
    }

    /// The bucket of a distance in a direction that has `n_buckets` of them.
    fn bucket(&self, distance: usize, n_buckets: usize) -> usize {
        let n_exact = n_buckets / 2;
        if distance < n_exact {
            return distance;
        }
        let ratio = (distance as f32 / n_exact as f32).ln()
            / (self.max_distance as f64 / n_exact as f64).ln() as f32;
        let wide = (ratio * (n_buckets - n_exact) as f32) as usize;
        (n_exact + wide).min(n_buckets - 1)
    }

    fn columns(&self, buckets: &[usize]) -> Vec<f32> {
        let row =
            |head| buckets.iter().map(move |bucket| self.weights[bucket * self.n_heads + head]);
        (0..self.n_heads).flat_map(row).collect()
    }
}
