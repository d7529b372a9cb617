//! How a prompt is cut into blocks of tokens, each of which one thread takes through a layer.

use crate::kernels::KEYS;

/// Tokens in each block, the last of which may be shorter.
///
/// Several threads take the smallest blocks there are: all are done at about the same time, and a thread that has to
/// wait for its core holds up the others with little. A thread by itself takes larger ones, because every block has
/// all weights of a layer pass through the core's cache; even larger, and the activations would leave it.
pub(crate) fn block_len(n_threads: usize) -> usize {
    if n_threads == 1 { 4 * KEYS } else { KEYS }
}
