//! [`Graph`]: a loaded network, as the decoding loop sees it.
//!
//! [`cpu`](super::cpu) and [`onnx_runtime`](super::onnx_runtime) implement it, and a scripted fake
//! for tests. The loop handles token ids, positions and logits, and never sees a tensor.

use pounce_model_format::{Architecture, ModelManifest};

use crate::cancel::{CancelGuard, CancelToken};
use crate::error::EngineError;

/// Decoder tokens that a new cache of an encoder-decoder model has room for.
const COMPLETION_CAPACITY: usize = 288;
/// Tokens that a decoder-only model's cache has room for at first. A longer prompt reserves more:
/// at 24 to 48 KB a token, room for the longest prompt would take as much memory as a small model's
/// weights.
const PROMPT_CAPACITY: usize = 1024;
/// A larger cache has room for a multiple of this, so that a slightly longer prompt needs no new
/// one.
pub(crate) const CAPACITY_STEP: usize = 256;

/// The number of a token in a model's vocabulary.
pub type TokenId = u32;

/// A loaded network with its cache of keys and values.
///
/// Positions count decoder tokens from 0. Feeding tokens at position `past` overwrites the cache
/// from there on, so feeding the next tokens at an earlier position drops a rejected draft.
pub(crate) trait Graph: Send {
    /// Runs the encoder over `ids`, so that later decoder runs attend to its output. Not called for
    /// decoder-only networks.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    fn encode(&mut self, ids: &[TokenId]) -> Result<(), EngineError>;

    /// Feeds `tokens` at position `past` and computes `output` for the last of them.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    fn decode(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        output: DecodeOutput,
    ) -> Result<(), EngineError>;

    /// The arg-max after each of the last tokens of the last [`decode`](Self::decode):
    /// `[output.n_tokens()]`.
    fn next_ids(&self) -> &[TokenId];

    /// The log-probability of `token` where `next_ids()[index]` is the likeliest.
    fn log_prob(&self, index: usize, token: TokenId) -> f32;

    /// The logits, `[vocab_size]`, among which `next_ids()[index]` is the highest. Only valid after
    /// [`DecodeOutput::Logits`].
    fn logits(&self, index: usize) -> &[f32];

    /// Whether feeding several tokens in one run gives, to the last bit, the results and the cache
    /// of feeding them one by one.
    fn is_batch_invariant(&self) -> bool;

    /// How many decoder tokens the cache has room for.
    fn capacity(&self) -> usize;

    /// Makes room for `n` decoder tokens. If that allocates new buffers, the cache is empty
    /// afterwards.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the buffers cannot be allocated.
    fn reserve(&mut self, n: usize) -> Result<(), EngineError>;

    /// Lets `cancel` stop a run in the middle, until the guard is dropped.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails.
    fn stop_on(&mut self, cancel: &CancelToken) -> Result<CancelGuard, EngineError>;
}

/// Decoder tokens that a new cache of a model has room for.
pub(crate) fn first_capacity(manifest: &ModelManifest) -> usize {
    match manifest.architecture {
        Architecture::EncoderDecoder => COMPLETION_CAPACITY,
        Architecture::DecoderOnly => PROMPT_CAPACITY.min(manifest.dimensions.max_seq_len),
    }
}

/// What a decoder run computes besides the cache entries of its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum DecodeOutput {
    /// Nothing: the run reads a part of a prompt that more tokens follow.
    Nothing,
    /// The arg-max after each of the last n tokens, and its probability.
    NextIds(usize),
    /// The arg-max and all logits after each of the last n tokens.
    Logits(usize),
}

impl DecodeOutput {
    /// For how many of the last tokens there is an output.
    pub(crate) fn n_tokens(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::NextIds(n) | Self::Logits(n) => n,
        }
    }
}
