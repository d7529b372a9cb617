//! T5's relative position bias as tables over distances, so that a graph only has to look up.
//!
//! The buckets are those of Raffel et al., "Exploring the Limits of Transfer Learning with a
//! Unified Text-to-Text Transformer", section 2.1, as Hugging Face's
//! `T5Attention._relative_position_bucket` computes them, in 32-bit floats like there: half of
//! the buckets are one distance each, the rest widen logarithmically up to the largest distance.

/// The learnt biases of one stack.
#[derive(Debug)]
pub(crate) struct PositionBias {
    /// `[n_buckets, n_heads]`.
    pub(crate) weights: Vec<f32>,
    /// Heads of the attention.
    pub(crate) n_heads: usize,
    /// Buckets for all directions together.
    pub(crate) n_buckets: usize,
    /// Distances from here on share a bucket.
    pub(crate) max_distance: usize,
}

impl PositionBias {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// One head whose bias is the bucket's number, so that a table shows its buckets.
    fn check(n_buckets: usize, max_distance: usize, test: impl FnOnce(&PositionBias)) {
        let weights: Vec<f32> = (0..n_buckets).map(|bucket| bucket as f32).collect();
        test(&PositionBias { weights, n_heads: 1, n_buckets, max_distance });
    }

    fn check_backwards(n_buckets: usize, max_distance: usize, expected: &[(usize, usize)]) {
        check(n_buckets, max_distance, |bias| {
            let table = bias.backwards(1024);
            for &(distance, bucket) in expected {
                assert_eq!(table[distance], bucket as f32, "transformers, distance {distance}");
            }
        });
    }

    /// Expected values from `T5Attention._relative_position_bucket` of transformers.
    #[test]
    fn the_decoder_looks_back_through_all_buckets() {
        let t5 = [(0, 0), (1, 1), (15, 15), (16, 16), (18, 16), (19, 17), (31, 21), (64, 26)];
        check_backwards(32, 128, &t5);
        check_backwards(32, 128, &[(100, 30), (127, 31), (128, 31), (1023, 31)]);
        check_backwards(64, 512, &[(31, 31), (32, 32), (33, 32), (40, 34), (128, 48), (256, 56)]);
        check_backwards(64, 512, &[(511, 63), (512, 63)]);
    }

    #[test]
    fn the_encoder_has_half_the_buckets_for_each_direction() {
        let behind = [(-500, 15), (-127, 15), (-64, 14), (-32, 12), (-16, 10), (-9, 8), (-7, 7)];
        let ahead = [(1, 17), (7, 23), (8, 24), (16, 26), (32, 28), (64, 30), (127, 31)];
        check(32, 128, |bias| {
            let table = bias.both_ways(1024);
            assert_eq!(table.len(), 2047, "every difference of two positions");
            for (difference, bucket) in behind.into_iter().chain([(0, 0)]).chain(ahead) {
                let column = (1023 + difference) as usize;
                assert_eq!(table[column], bucket as f32, "transformers, difference {difference}");
            }
        });
    }

    #[test]
    fn tables_go_by_head() {
        let weights: Vec<f32> = (0..8).map(|index| index as f32).collect();
        let bias = PositionBias { weights, n_heads: 2, n_buckets: 4, max_distance: 8 };
        assert_eq!(
            bias.backwards(2),
            [0.0, 2.0, 1.0, 3.0],
            "[n_heads, distance] of [bucket, head]"
        );
    }

    #[test]
    fn a_sequence_of_one_has_one_distance() {
        check(32, 128, |bias| assert_eq!(bias.both_ways(1), [0.0], "only its own place"));
    }
}
