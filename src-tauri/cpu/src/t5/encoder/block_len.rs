//! The length of the blocks that a prompt is cut into.

use crate::kernels::KEYS;

/// Tokens of a block, for an encoder with `n_threads` threads. The last block of a prompt may be
/// shorter.
///
/// Several threads take the smallest blocks that the kernels allow: then all finish at about the
/// same time, and a thread that has to wait for a core delays the others only a little. A single
/// thread takes larger ones, because all weights of a layer pass through the core's cache once for
/// each block. In still larger blocks the activations would not fit into that cache.
pub(crate) fn block_len(n_threads: usize) -> usize {
    if n_threads == 1 { 4 * KEYS } else { KEYS }
}
