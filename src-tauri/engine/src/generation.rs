//! [`Generation`]: the result of a completion, and [`Step`]: its progress.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::backend::graph::TokenId;
use crate::decoding::draft_counts::DraftCounts;
use crate::timings::StageTimings;

/// A finished completion.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// The completion without the prompt. May be empty.
    pub text: String,
    /// The generated tokens, including the end token.
    pub token_ids: Vec<TokenId>,
    /// The natural logarithm of each token's probability, given the tokens before it:
    /// `[token_ids.len()]`: the model's, with what [related code](crate::RelatedCode) proposes mixed in.
    /// Empty if the model does not tell. Off by at most 0.03 where our own kernels estimate most of the
    /// logits, exact otherwise.
    pub log_probs: Vec<f32>,
    /// Prompt tokens that the model saw, after clipping.
    pub n_prompt_tokens: usize,
    /// Prompt tokens that had to be read: not those that were read ahead or that a decoder-only
    /// model's cache still held.
    pub n_read_tokens: usize,
    /// Whether the prompt was too long and its ends were left out.
    pub is_prompt_clipped: bool,
    /// Decoder runs; fewer than `token_ids` if drafts were accepted.
    pub n_decoder_runs: usize,
    /// Guessed tokens, and how many of them were right.
    pub drafts: DraftCounts,
    /// Why the completion ended.
    pub finish: FinishReason,
    /// The time of each stage.
    pub timings: StageTimings,
}

impl Generation {
    /// A completion of which no more is known than its text and how many tokens it took. Their ids
    /// are zeros.
    pub fn of_text(text: String, n_tokens: usize, finish: FinishReason) -> Self {
        Self {
            text,
            token_ids: vec![0; n_tokens],
            log_probs: Vec::new(),
            n_prompt_tokens: 0,
            n_read_tokens: 0,
            is_prompt_clipped: false,
            n_decoder_runs: n_tokens,
            drafts: DraftCounts::default(),
            finish,
            timings: StageTimings::default(),
        }
    }

    /// The number of generated tokens, including the end token.
    pub fn n_tokens(&self) -> usize {
        self.token_ids.len()
    }

    /// The natural logarithm of the whole completion's probability; `None` if the model does not
    /// tell.
    pub fn log_prob(&self) -> Option<f32> {
        (!self.log_probs.is_empty()).then(|| self.log_probs.iter().sum())
    }
}

/// Why a completion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FinishReason {
    /// The model wrote an end token, or the line or block is complete.
    Stop,
    /// The token limit was reached.
    Length,
    /// The model repeated itself; the repetitions are cut off.
    Repetition,
    /// The completion was cancelled; the text is what was written so far.
    Cancelled,
    /// The caller's step callback ended it.
    Yielded,
}

/// The progress of a completion, which the caller gets after every token.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The completion so far, up to the last complete character.
    pub text: &'a str,
    /// Tokens generated so far.
    pub n_tokens: usize,
    /// Time since the completion began.
    pub elapsed: Duration,
}

/// Called after every token. [`ControlFlow::Break`] ends the completion there, as
/// [`FinishReason::Yielded`].
pub type OnStep<'a> = dyn FnMut(&Step<'_>) -> ControlFlow<()> + 'a;

/// Called with every further completion that is found. [`ControlFlow::Break`] ends the search.
pub type OnCandidate<'a> = dyn FnMut(Generation) -> ControlFlow<()> + 'a;

/// The callback that never ends a completion.
pub fn never_stop(_: &Step<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
