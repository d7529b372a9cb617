//! [`Input`]: what a step of the decoder computes.

/// The tokens of a step.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub(crate) ids: Vec<u32>,
    /// Position of the first of them: the number of tokens in the KV cache.
    pub(crate) past: usize,
    pub(crate) output: DecodeOutput,
}

/// What a step returns for its last tokens.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecodeOutput {
    /// Nothing: the step only fills the KV cache.
    #[default]
    Nothing,
    /// The best next token after each of the last `n` tokens.
    Best(usize),
    /// The logits after each of the last `n` tokens.
    Logits(usize),
}

impl DecodeOutput {
    /// How many of the last tokens something is returned for.
    pub(crate) fn n_tokens(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Best(n) | Self::Logits(n) => n,
        }
    }
}
