//! [`FakeGraph`]: a scripted [`Graph`] that records its calls, for tests.

use super::graph::{DecodeOutput, Graph, TokenId};
use super::scores::log_prob;
use crate::cancel::{CancelGuard, CancelToken};
use crate::error::EngineError;

/// A call that a [`FakeGraph`] received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Encode(Vec<TokenId>),
    /// Tokens, and the position of the first.
    Decode(Vec<TokenId>, usize),
}

impl Call {
    pub(crate) fn n_tokens(&self) -> usize {
        match self {
            Self::Encode(tokens) | Self::Decode(tokens, _) => tokens.len(),
        }
    }
}

/// A scripted [`Graph`] that records its calls.
pub(crate) struct FakeGraph {
    /// Maps a token and its position to the next token.
    successor: Box<dyn Fn(TokenId, usize) -> TokenId + Send>,
    pub(crate) calls: Vec<Call>,
    /// Runs of several tokens give another successor, without a margin, at this position.
    pub(crate) batched_error_at: Option<usize>,
    pub(crate) is_batch_invariant: bool,
    /// Whether every run fails.
    pub(crate) fails: bool,
    /// Cancels the token before the decoder run of this index.
    pub(crate) cancel_at: Option<(usize, CancelToken)>,
    next_ids: Vec<TokenId>,
    /// `[n, N_IDS]`
    logits: Vec<Vec<f32>>,
    capacity: usize,
}

/// Length of the fake logits.
const N_IDS: usize = 128;

impl FakeGraph {
    pub(crate) fn new(successor: impl Fn(TokenId, usize) -> TokenId + Send + 'static) -> Self {
        Self {
            successor: Box::new(successor),
            calls: Vec::new(),
            batched_error_at: None,
            is_batch_invariant: false,
            fails: false,
            cancel_at: None,
            next_ids: Vec::new(),
            logits: Vec::new(),
            capacity: 128,
        }
    }

    /// Every token is followed by the next higher one.
    pub(crate) fn counting() -> Self {
        Self::new(|token, _| token + 1)
    }

    fn n_decodes(&self) -> usize {
        self.calls.iter().filter(|call| matches!(call, Call::Decode(..))).count()
    }

    fn result(&self) -> Result<(), EngineError> {
        if self.fails {
            Err(EngineError::Run { stage: "fake", reason: "scripted".to_owned() })
        } else {
            Ok(())
        }
    }
}

/// Logits of which `best` has the highest. They fall with the distance to it.
fn logits(best: TokenId) -> Vec<f32> {
    (0..N_IDS).map(|id| -(id as f32 - best as f32).abs()).collect()
}

/// Logits of which `best` and the next token share the highest.
fn tied_logits(best: TokenId) -> Vec<f32> {
    let mut logits = logits(best);
    logits[best as usize + 1] = logits[best as usize];
    logits
}

impl Graph for FakeGraph {
    fn encode(&mut self, ids: &[TokenId]) -> Result<(), EngineError> {
        self.calls.push(Call::Encode(ids.to_vec()));
        self.result()
    }

    fn decode(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        output: DecodeOutput,
    ) -> Result<(), EngineError> {
        assert!(past + tokens.len() <= self.capacity, "the caller reserves room first");
        if let Some((at, cancel)) = &self.cancel_at
            && *at == self.n_decodes()
        {
            cancel.cancel();
            return Err(EngineError::Run { stage: "decode", reason: "terminated".to_owned() });
        }
        self.calls.push(Call::Decode(tokens.to_vec(), past));
        let errs = |position| tokens.len() > 1 && self.batched_error_at == Some(position);
        let successor = |(position, token): (usize, &TokenId)| {
            let right = (self.successor)(*token, position);
            if errs(position) { (right + 1, tied_logits(right)) } else { (right, logits(right)) }
        };
        let successors = (past..).zip(tokens).map(successor);
        (self.next_ids, self.logits) = successors.skip(tokens.len() - output.n_tokens()).unzip();
        self.result()
    }

    fn next_ids(&self) -> &[TokenId] {
        &self.next_ids
    }

    fn log_prob(&self, index: usize, token: TokenId) -> f32 {
        log_prob(self.logits(index), token)
    }

    fn logits(&self, index: usize) -> &[f32] {
        &self.logits[index]
    }

    fn is_batch_invariant(&self) -> bool {
        self.is_batch_invariant
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    fn reserve(&mut self, n: usize) -> Result<(), EngineError> {
        self.capacity = self.capacity.max(n);
        Ok(())
    }

    fn stop_on(&mut self, cancel: &CancelToken) -> Result<CancelGuard, EngineError> {
        Ok(cancel.on_cancel(|| {}))
    }
}
