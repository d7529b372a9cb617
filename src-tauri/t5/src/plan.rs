//! How a prompt is cut into blocks of tokens, each of which one thread takes through a layer.

use crate::kernels::KEYS;

/// What a block costs besides its tokens, in tokens: all weights of a layer pass through the core's cache.
const OVERHEAD: usize = 8;
/// More panels than this in a block, and its activations leave the core's cache.
const MAX_PANELS: usize = 4;

/// Tokens in each block, the last of which may be shorter: a multiple of a panel's.
pub(crate) fn block_len(n_tokens: usize, n_threads: usize) -> usize {
    let lengths = (1..=MAX_PANELS).map(|n_panels| n_panels * KEYS);
    lengths.min_by_key(|&len| duration(n_tokens, len, n_threads)).unwrap_or(KEYS)
}

/// When the last thread is done, in the time of a token, if each takes the next block when it is free.
fn duration(n_tokens: usize, block_len: usize, n_threads: usize) -> usize {
    let mut busy = vec![0; n_threads];
    for first in (0..n_tokens).step_by(block_len) {
        if let Some(free) = busy.iter_mut().min() {
            *free += OVERHEAD + block_len.min(n_tokens - first);
        }
    }
    busy.into_iter().max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_gets_work_of_about_the_same_length() {
        let check = |n_tokens, n_threads, expected, why: &str| {
            assert_eq!(block_len(n_tokens, n_threads), expected, "{why}");
        };
        check(256, 2, 128, "two equal blocks");
        check(256, 1, 128, "as large as the cache allows");
        check(64, 2, 32, "a block for each");
        check(20, 2, 32, "less than a panel is not cut");
        check(256, 4, 64, "four equal blocks");
        check(300, 2, 128, "128 each, and one takes the other 44");
    }
}
