//! [`typical_tokens`]: how long a completion is, before anything is known of it.

use pounce_engine::Mode;

/// Tokens of a typical completion; a model that can write them in time counts as fast enough. A line
/// of code has about ten tokens, a block about four lines.
pub(crate) fn typical_tokens(mode: Mode) -> usize {
    match mode {
        Mode::Line => 12,
        Mode::Block | Mode::Free => 40,
    }
}
