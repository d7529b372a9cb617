//! [`Graph`]: the seam between the decoding loop and the runtime.
//!
//! One implementation runs ONNX Runtime ([`crate::backend::onnx_runtime`]), the other is a script for tests.
//! The loop sees token ids, positions and logits; it never sees a tensor.

use crate::cancel::{CancelGuard, CancelToken};
use crate::error::EngineError;

/// Decoder tokens that a cache has room for at first, where an encoder holds the prompt.
pub(crate) const COMPLETION_CAPACITY: usize = 288;

/// One token.
pub type TokenId = u32;

/// A loaded network with its cache of keys and values.
///
/// Positions count decoder tokens from 0. Feeding tokens at `past` overwrites the cache from
/// there on, so a rejected draft is forgotten by feeding the next tokens at an earlier position.
pub trait Graph: Send {
    /// Runs the encoder over `ids` and makes its output the one that decoding looks at.
    /// Decoder-only networks have no encoder: they are never asked.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    fn encode(&mut self, ids: &[TokenId]) -> Result<(), EngineError>;

    /// Feeds `tokens` at position `past`. Afterwards [`next_ids`](Self::next_ids) and
    /// [`logits`](Self::logits) hold what was `wanted`.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    fn decode(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        wanted: Wanted,
    ) -> Result<(), EngineError>;

    /// The arg-max after each of the last tokens of the last [`decode`](Self::decode), as many as
    /// were [`Wanted`].
    fn next_ids(&self) -> &[TokenId];

    /// Scores after the last token of the last decode: `[vocab_size]`. Only meaningful if they
    /// were [`Wanted::Logits`].
    fn logits(&self) -> &[f32];

    /// By how much, in logits, the `index`-th of [`next_ids`](Self::next_ids) leads over the second
    /// best there. Only meaningful if they were [`Wanted::Ranked`].
    fn lead(&self, index: usize) -> f32;

    /// Whether a run of several tokens leaves behind, to the last bit, what runs of one would.
    fn has_exact_wide_runs(&self) -> bool;

    /// How many decoder tokens the cache can hold now.
    fn capacity(&self) -> usize;

    /// Makes room for `n` decoder tokens. What the cache held is lost.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the buffers cannot be allocated.
    fn reserve(&mut self, n: usize) -> Result<(), EngineError>;

    /// Has `cancel` stop a run in the middle, until the guard is dropped.
    fn stop_on(&mut self, cancel: &CancelToken) -> Result<CancelGuard, EngineError>;
}

/// What a decoder run should leave behind besides a longer cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// Nothing: a part of a prompt is read, and what the model would say in between is no matter.
    Nothing,
    /// The arg-max after each of so many last tokens. It is taken inside the graph, and no logits
    /// are copied.
    NextIds(usize),
    /// The same, and how sure each is.
    Ranked(usize),
    /// The arg-max after the last token, and the scores of the whole vocabulary there, for
    /// sampling and for forced beginnings.
    Logits,
}

impl Wanted {
    /// After how many of the last tokens anything is wanted.
    pub fn n_tokens(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::NextIds(n) | Self::Ranked(n) => n,
            Self::Logits => 1,
        }
    }
}
