//! [`EncoderOutput`]: the encoded prompt that the cross-attention of a decoder reads.

use std::sync::RwLock;

use crate::threads::locks::read;

/// The output of an encoder for the current prompt, which is written between steps.
#[derive(Debug)]
pub(crate) struct EncoderOutput {
    /// Tensors: the keys of every layer's cross-attention, then the values.
    pub(crate) n_tensors: usize,
    /// Floats of a token in each tensor.
    pub(crate) width: usize,
    pub(crate) prompt: RwLock<EncodedPrompt>,
}

/// The tensors of one prompt.
#[derive(Debug, Default)]
pub(crate) struct EncodedPrompt {
    /// Tokens of the prompt; zero if none has been encoded.
    pub(crate) n_tokens: usize,
    /// The keys of all layers' cross-attention, then the values: `[n_heads, n_tokens, 64]` each.
    pub(crate) tensors: Vec<Vec<f32>>,
}

impl EncoderOutput {
    /// No prompt yet.
    pub(crate) fn new(n_tensors: usize, width: usize) -> Self {
        Self { n_tensors, width, prompt: RwLock::default() }
    }

    /// Whether a prompt has been encoded.
    pub(crate) fn is_there(&self) -> bool {
        read(&self.prompt).n_tokens > 0
    }
}
