//! [`RunningCompletion`]: the state of one completion, from its first token to the finished
//! [`Generation`].
//!
//! It turns token ids into text and decides where the text ends. The [`Generator`] chooses the
//! tokens.

use std::time::Instant;

use crate::backend::graph::TokenId;
use crate::decoding::choice::Choice;
use crate::decoding::draft_counts::DraftCounts;
use crate::decoding::generator::Generator;
use crate::decoding::loop_detector::end_before_loop;
use crate::decoding::stop_rules::StopRules;
use crate::decoding::text::CompletionText;
use crate::error::EngineError;
use crate::generation::{FinishReason, Generation, Step};
use crate::prompt::Prompt;
use crate::prompt::encoder::EncodedPrompt;
use crate::prompt::forced_prefix::ForcedPrefix;
use crate::prompt::tokenizer::Tokenizer;
use crate::timings::StageTimings;

/// A completion that is being generated.
pub(crate) struct RunningCompletion {
    started: Instant,
    rules: StopRules,
    forced: ForcedPrefix,
    text: CompletionText,
    pub(crate) ids: Vec<TokenId>,
    log_probs: Vec<f32>,
    pub(crate) n_read_tokens: usize,
    n_decoder_runs: usize,
    drafts: DraftCounts,
    pub(crate) timings: StageTimings,
}

impl RunningCompletion {
    pub(crate) fn new(encoded: &EncodedPrompt, prompt: &Prompt, started: Instant) -> Self {
        Self {
            started,
            rules: StopRules::new(prompt),
            forced: ForcedPrefix::new(encoded.forced.clone()),
            text: CompletionText::default(),
            ids: Vec::new(),
            log_probs: Vec::new(),
            n_read_tokens: 0,
            n_decoder_runs: 0,
            drafts: DraftCounts::default(),
            timings: StageTimings::default(),
        }
    }

    /// Generates the next token, to be [recorded](Self::record): one that agrees with the forced
    /// bytes, until those are written.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    pub(crate) fn next(
        &mut self,
        generator: &mut Generator<'_>,
        tokenizer: &Tokenizer,
    ) -> Result<Choice, EngineError> {
        let decoding = Instant::now();
        let choice = if self.forced.is_done() {
            generator.next(None)
        } else {
            generator.next(Some(&|id| self.forced.allows(tokenizer.bytes(id))))
        }?;
        let stage = if self.ids.is_empty() {
            &mut self.timings.first_token
        } else {
            &mut self.timings.decode
        };
        *stage += decoding.elapsed();
        self.n_decoder_runs = generator.n_runs();
        self.drafts = generator.drafts();
        Ok(choice)
    }

    /// Appends a token. Its bytes are [pushed](Self::push) next, unless it ends the text.
    pub(crate) fn record(&mut self, choice: Choice) {
        self.ids.push(choice.token);
        self.log_probs.push(choice.log_prob);
    }

    /// Appends a token's bytes to the text. Returns why the completion ends there, if it does.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Option<FinishReason> {
        let detokenizing = Instant::now();
        self.text.push(self.forced.advance(bytes));
        let finish = self.end();
        self.timings.detokenize += detokenizing.elapsed();
        finish
    }

    /// Cuts the text where a rule or a loop ends it.
    fn end(&mut self) -> Option<FinishReason> {
        if let Some(length) = self.rules.end_of(self.text.as_str()) {
            self.text.truncate(length);
            return Some(FinishReason::Stop);
        }
        let n_kept = end_before_loop(&self.ids)?;
        self.text.truncate(self.text.end_of_token(n_kept));
        Some(FinishReason::Repetition)
    }

    /// Whether nothing is missing at the cursor, so that the model need not run.
    pub(crate) fn is_complete(&self) -> bool {
        self.rules.is_complete()
    }

    /// The progress to tell the caller.
    pub(crate) fn step(&self) -> Step<'_> {
        let text = self.rules.sure_part(self.text.as_str());
        Step { text, n_tokens: self.ids.len(), elapsed: self.started.elapsed() }
    }

    pub(crate) fn finish(self, encoded: &EncodedPrompt, finish: FinishReason) -> Generation {
        Generation {
            text: self.rules.finish(self.text.as_str()),
            token_ids: self.ids,
            log_probs: self.log_probs,
            n_prompt_tokens: encoded.input.len(),
            n_read_tokens: self.n_read_tokens,
            is_prompt_clipped: encoded.is_clipped,
            n_decoder_runs: self.n_decoder_runs,
            drafts: self.drafts,
            finish,
            timings: self.timings,
        }
    }
}
