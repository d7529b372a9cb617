//! [`PositionBias`]: T5's relative position bias as tables over distances, in which a graph looks up.
//!
//! The buckets are those of Raffel et al., "Exploring the Limits of Transfer Learning with a
//! Unified Text-to-Text Transformer", section 2.1, as Hugging Face's
//! `T5Attention._relative_position_bucket` computes them in 32-bit floats. Half of the buckets have
//! one distance each. The others widen logarithmically up to the largest distance.

#[cfg(test)]
mod tests;

/// The learnt biases of the encoder or of the decoder.
#[derive(Debug)]
pub(crate) struct PositionBias {
    /// `[n_buckets, n_heads]`.
    pub(crate) weights: Vec<f32>,
    /// The number of heads.
    pub(crate) n_heads: usize,
    /// The number of buckets for both directions together.
    pub(crate) n_buckets: usize,
    /// The distance from which on all share a bucket.
    pub(crate) max_distance: usize,
}

impl PositionBias {
    /// Returns a table `[n_heads, 2 * max_seq_len - 1]`, in which column `j - i + max_seq_len - 1` is the bias of looking
    /// from position `i` at position `j`, in either direction.
    pub(crate) fn both_ways(&self, max_seq_len: usize) -> Vec<f32> {
        let n_side = self.n_buckets / 2;
        let behind = (1..max_seq_len).rev().map(|distance| self.bucket(distance, n_side));
        let ahead = (1..max_seq_len).map(|distance| n_side + self.bucket(distance, n_side));
        let buckets: Vec<usize> = behind.chain([0]).chain(ahead).collect();
        self.columns(&buckets)
    }

    /// Returns a table `[n_heads, max_seq_len]`, in which column `i - j` is the bias of looking from `i` back at `j`.
    pub(crate) fn backwards(&self, max_seq_len: usize) -> Vec<f32> {
        let buckets = (0..max_seq_len).map(|distance| self.bucket(distance, self.n_buckets));
        self.columns(&buckets.collect::<Vec<usize>>())
    }

    /// Returns the bucket of a distance, in a direction with `n_buckets`.
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
