//! [`Generation`]: what came out of one run of a model, and [`Step`], how far it is.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::backend::graph::TokenId;
use crate::decoding::stop::FinishReason;
use crate::timings::StageTimings;

/// One finished run of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// The completion alone, without anything of the prompt. May be empty.
    pub text: String,
    /// The generated ids, the end token included.
    pub token_ids: Vec<TokenId>,
    /// Prompt tokens that the model saw, after clipping.
    pub n_prompt_tokens: usize,
    /// Those of them that had to be read now: not the beginning that the prompt before had too,
    /// and none if the prompt was read ahead.
    pub n_read_tokens: usize,
    /// Whether the prompt was longer than the model reads, so that its far ends were left out.
    pub is_prompt_clipped: bool,
    /// Decoder runs; fewer than `token_ids` when drafts were accepted.
    pub n_decoder_runs: usize,
    /// Why it ended.
    pub finish: FinishReason,
    /// Where the time went.
    pub timings: StageTimings,
}

impl Generation {
    /// Generated tokens, the end token included.
    pub fn n_tokens(&self) -> usize {
        self.token_ids.len()
    }
}

/// How far a running completion is. Passed to the caller after every token.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The completion so far: whole characters only.
    pub text: &'a str,
    /// Tokens generated so far.
    pub n_tokens: usize,
    /// Since the run began.
    pub elapsed: Duration,
}

/// Called after every token; [`ControlFlow::Break`] ends the completion there, as
/// [`FinishReason::Yielded`].
pub type OnStep<'a> = dyn FnMut(&Step<'_>) -> ControlFlow<()> + 'a;

/// The callback of those who want the whole completion.
pub fn to_the_end(_: &Step<'_>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
