//! Other completions of a prompt that was just completed.

use std::time::Instant;

use super::{DecodingLoop, Model};
use crate::backend::graph::TokenId;
use crate::cancel::CancelToken;
use crate::decoding::candidates::{Branch, Branches, N_RIVALS};
use crate::decoding::choice::Choice;
use crate::decoding::completion::RunningCompletion;
use crate::decoding::config::GenerationConfig;
use crate::decoding::generator::Generator;
use crate::error::EngineError;
use crate::generation::{FinishReason, Generation, OnCandidate, OnStep};
use crate::prompt::Prompt;
use crate::prompt::encoder::EncodedPrompt;
use crate::prompt::forced_prefix::ForcedPrefix;

impl Model {
    /// Searches for other completions of `prompt`, of which [`generate`](Self::generate) has just
    /// returned `first` with the same `config`, and calls `on_candidate` with each that ends by
    /// itself and differs from the earlier ones in more than blanks. They come in the order in
    /// which they are found; the likelier ones tend to come first.
    ///
    /// Greedy decoding alone has candidates: with a temperature there are none.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate).
    pub fn candidates(
        &mut self,
        prompt: &Prompt,
        config: &GenerationConfig,
        first: &Generation,
        cancel: &CancelToken,
        on_step: &mut OnStep<'_>,
        on_candidate: &mut OnCandidate<'_>,
    ) -> Result<(), EngineError> {
        config.validate()?;
        let config = &self.limited(config);
        if config.samples() || config.ignore_eos || first.log_probs.is_empty() {
            return Ok(());
        }
        let encoded = self.encode(prompt, config)?;
        let _guard = self.graph.stop_on(cancel)?;
        let mut search = Search { model: self, prompt, config, encoded, cancel };
        match search.run(first, on_step, on_candidate) {
            Err(_) if cancel.is_cancelled() => Ok(()),
            end => end,
        }
    }
}

/// A search for candidates.
struct Search<'m> {
    model: &'m mut Model,
    prompt: &'m Prompt,
    config: &'m GenerationConfig,
    encoded: EncodedPrompt,
    cancel: &'m CancelToken,
}

impl Search<'_> {
    fn run(
        &mut self,
        first: &Generation,
        on_step: &mut OnStep<'_>,
        on_candidate: &mut OnCandidate<'_>,
    ) -> Result<(), EngineError> {
        let mut known = vec![without_blanks(&first.text)];
        let mut branches = Branches::default();
        let (mut last, mut n_shared) = (first.clone(), 0);
        loop {
            self.add_branches(&mut branches, &last, n_shared)?;
            let Some(branch) = branches.pop() else { return Ok(()) };
            let candidate = self.follow(&branch, on_step)?;
            if !matches!(candidate.finish, FinishReason::Stop | FinishReason::Length) {
                return Ok(());
            }
            (last, n_shared) = (candidate.clone(), branch.choices.len());
            let text = without_blanks(&candidate.text);
            if known.contains(&text) {
                continue;
            }
            known.push(text);
            if on_candidate(candidate).is_break() {
                return Ok(());
            }
        }
    }

    /// Adds where `generation` could have gone on differently, after the first `n_shared` tokens, which
    /// it has in common with another one.
    fn add_branches(
        &mut self,
        branches: &mut Branches,
        generation: &Generation,
        n_shared: usize,
    ) -> Result<(), EngineError> {
        let Generation { token_ids: ids, log_probs, .. } = generation;
        let forced = self.forced_states(ids);
        let (_, continuations) = self.model.guesses((self.prompt, &self.encoded), self.config);
        let Model { graph, reader, tokenizer, .. } = &mut *self.model;
        let EncodedPrompt { input, start, .. } = &self.encoded;
        let generator = Generator::prefill(&mut **graph, reader, input, start, self.config)?;
        let generator = generator.with_continuations(continuations);
        let (shared, own) = ids.split_at(n_shared);
        let rivals = generator.after(shared).likeliest(own, N_RIVALS, &|position, id| {
            let forced = &forced[n_shared + position];
            forced.is_done() || forced.allows(tokenizer.bytes(id))
        })?;
        let choices = ids.iter().zip(log_probs);
        let choices = choices.map(|(&token, &log_prob)| Choice { token, log_prob });
        branches.add(&choices.collect::<Vec<_>>(), n_shared, &rivals);
        Ok(())
    }

    /// What is forced at each position of a completion that consists of `ids`.
    fn forced_states(&self, ids: &[TokenId]) -> Vec<ForcedPrefix> {
        let mut forced = ForcedPrefix::new(self.encoded.forced.clone());
        let state = |id: &TokenId| {
            let before = forced.clone();
            forced.advance(self.model.tokenizer.bytes(*id));
            before
        };
        ids.iter().map(state).collect()
    }

    /// The completion that begins with `branch`.
    fn follow(
        &mut self,
        branch: &Branch,
        on_step: &mut OnStep<'_>,
    ) -> Result<Generation, EngineError> {
        let mut completion = RunningCompletion::new(&self.encoded, self.prompt, Instant::now());
        let finish = self.complete(&mut completion, branch, on_step)?;
        Ok(completion.finish(&self.encoded, finish))
    }

    fn complete(
        &mut self,
        completion: &mut RunningCompletion,
        branch: &Branch,
        on_step: &mut OnStep<'_>,
    ) -> Result<FinishReason, EngineError> {
        let guesses = self.model.guesses((self.prompt, &self.encoded), self.config);
        let (drafter, continuations) = guesses;
        let Model { graph, reader, tokenizer, manifest, .. } = &mut *self.model;
        let end = &manifest.special_tokens.end;
        let decoding = DecodingLoop { tokenizer, end, config: self.config, cancel: self.cancel };
        for choice in &branch.choices {
            if let Some(finish) = decoding.accept(completion, *choice) {
                return Ok(finish);
            }
        }
        let EncodedPrompt { input, start, .. } = &self.encoded;
        let generator = Generator::prefill(&mut **graph, reader, input, start, self.config)?;
        let generator = generator.with_drafts(drafter).with_continuations(continuations);
        let generator = generator.after(&branch.ids());
        decoding.run(completion, generator, on_step)
    }
}

/// `text` without white space, to tell candidates apart.
fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
