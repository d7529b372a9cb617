//! Tables against the buckets of transformers.

use super::PositionBias;

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
    assert_eq!(bias.backwards(2), [0.0, 2.0, 1.0, 3.0], "[n_heads, distance] of [bucket, head]");
}

#[test]
fn a_sequence_of_one_has_one_distance() {
    check(32, 128, |bias| assert_eq!(bias.both_ways(1), [0.0], "only its own place"));
}
