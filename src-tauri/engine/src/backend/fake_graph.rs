//! [`FakeGraph`]: a [`Graph`] that computes nothing and records what it was asked, for tests.

use crate::backend::graph::{Graph, TokenId, Wanted};
use crate::cancel::{CancelGuard, CancelToken};
use crate::error::EngineError;

/// What a [`FakeGraph`] was asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Encode(Vec<TokenId>),
    Decode(Vec<TokenId>, usize),
}

impl Call {
    pub(crate) fn width(&self) -> usize {
        match self {
            Self::Encode(tokens) | Self::Decode(tokens, _) => tokens.len(),
        }
    }
}

/// See the module's documentation.
pub(crate) struct FakeGraph {
    /// The successor of a token at a position.
    successor: Box<dyn Fn(TokenId, usize) -> TokenId + Send>,
    pub(crate) calls: Vec<Call>,
    /// Runs of several tokens name another successor for the token at this position, with no lead.
    pub(crate) wide_runs_err_at: Option<usize>,
    /// What it says of its wide runs.
    pub(crate) has_exact_wide_runs: bool,
    /// Every run fails.
    pub(crate) fails: bool,
    /// Cancelled before the decoder run of this index.
    pub(crate) cancel_at: Option<(usize, CancelToken)>,
    next_ids: Vec<TokenId>,
    leads: Vec<f32>,
    logits: Vec<f32>,
    capacity: usize,
}

/// Width of the fake logits.
pub(crate) const N_IDS: usize = 128;

impl FakeGraph {
    pub(crate) fn new(successor: impl Fn(TokenId, usize) -> TokenId + Send + 'static) -> Self {
        Self {
            successor: Box::new(successor),
            calls: Vec::new(),
            wide_runs_err_at: None,
            has_exact_wide_runs: false,
            fails: false,
            cancel_at: None,
            next_ids: Vec::new(),
            leads: Vec::new(),
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
            Err(EngineError::Run { stage: "fake", reason: "told to".to_owned() })
        } else {
            Ok(())
        }
    }
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
        wanted: Wanted,
    ) -> Result<(), EngineError> {
        assert!(past + tokens.len() <= self.capacity, "the caller reserves room first");
        if let Some((at, cancel)) = &self.cancel_at
            && *at == self.n_decodes()
        {
            cancel.cancel();
            return Err(EngineError::Run { stage: "decode", reason: "terminated".to_owned() });
        }
        self.calls.push(Call::Decode(tokens.to_vec(), past));
        let errs = |position| tokens.len() > 1 && self.wide_runs_err_at == Some(position);
        let successor = |(position, token): (usize, &TokenId)| {
            let right = (self.successor)(*token, position);
            if errs(position) { (right + 1, 0.0) } else { (right, 1.0) }
        };
        let successors = (past..).zip(tokens).map(successor);
        (self.next_ids, self.leads) = successors.skip(tokens.len() - wanted.n_tokens()).unzip();
        if wanted == Wanted::Logits {
            // The successor scores highest, the others fall off with their distance to it.
            let best = self.next_ids.last().map_or(0.0, |id| *id as f32);
            self.logits = (0..N_IDS).map(|id| -(id as f32 - best).abs()).collect();
        }
        self.result()
    }

    fn next_ids(&self) -> &[TokenId] {
        &self.next_ids
    }

    fn logits(&self) -> &[f32] {
        &self.logits
    }

    fn lead(&self, index: usize) -> f32 {
        self.leads[index]
    }

    fn has_exact_wide_runs(&self) -> bool {
        self.has_exact_wide_runs
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
