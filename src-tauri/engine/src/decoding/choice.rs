//! [`Choice`]: a token that comes next, or may.

use crate::backend::graph::TokenId;

/// A token that may come next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Choice {
    pub(crate) token: TokenId,
    /// The natural logarithm of its probability.
    pub(crate) log_prob: f32,
}
