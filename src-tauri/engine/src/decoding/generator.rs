//! [`Generator`]: the decoding loop, on token ids.
//!
//! It runs any [`Graph`] and knows neither text nor files. Greedy decoding takes the arg-max that
//! the graph computed; sampling and forced prefixes look at the logits. With drafts (speculative
//! decoding) one run verifies several guessed tokens and keeps those that greedy decoding would
//! have chosen.
//!
//! In a graph that is not batch invariant, a run of several tokens rounds differently from single
//! runs and leaves other last digits in the cache. If the two best tokens are so close that this
//! could matter, all tokens since the last such place are replayed one by one. So drafts never
//! change the completion.

use std::collections::VecDeque;

use crate::backend::graph::{DecodeOutput, Graph, TokenId};
use crate::backend::scores::arg_max;
use crate::decoding::config::GenerationConfig;
use crate::decoding::draft::Drafter;
use crate::decoding::prefill::PromptReader;
use crate::decoding::sampling::Sampler;
use crate::error::EngineError;

/// With a smaller top-2 margin, in logits, the choice of a batched run is replayed. The embedded
/// model's margins differ by at most 0.19 between single runs and runs of two, four or seven tokens
/// (672 places).
const MIN_MARGIN: f32 = 0.5;

/// Decides whether a token may come next.
pub(crate) type Allows<'a> = &'a dyn Fn(TokenId) -> bool;

/// Generates one completion, token by token.
pub(crate) struct Generator<'m> {
    graph: &'m mut dyn Graph,
    reader: &'m mut PromptReader,
    /// `None` decodes greedily.
    sampler: Option<Sampler>,
    /// `None` makes no drafts.
    drafter: Option<Drafter>,
    /// Prompt tokens that had to be read.
    n_read: usize,
    /// Tokens in the decoder's cache.
    past: usize,
    /// Tokens to feed next. Empty if the logits after the last fed token are in the graph.
    pending: Vec<TokenId>,
    /// Tokens that were decoded ahead and not returned yet.
    accepted: VecDeque<TokenId>,
    /// Tokens that may still be generated.
    n_left: usize,
    /// The last tokens in the cache, from the first that was fed together with a draft: their cache
    /// entries may differ from those of single runs. Always empty if the graph is batch invariant.
    unverified: Vec<TokenId>,
    n_runs: usize,
}

impl<'m> Generator<'m> {
    /// Reads the prompt's `input` and prepares to decode after `start`.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    pub(crate) fn prefill(
        graph: &'m mut dyn Graph,
        reader: &'m mut PromptReader,
        input: &[TokenId],
        start: &[TokenId],
        config: &GenerationConfig,
    ) -> Result<Self, EngineError> {
        let reading = reader.read(graph, input, start.len() + config.max_new_tokens)?;
        let mut generator = Self {
            graph,
            reader,
            sampler: config
                .samples()
                .then(|| Sampler::new(config.temperature, config.top_p, config.seed)),
            drafter: None,
            n_read: reading.n_new,
            past: reading.past,
            pending: start.to_vec(),
            accepted: VecDeque::new(),
            n_left: config.max_new_tokens,
            unverified: Vec::new(),
            n_runs: 0,
        };
        if !reading.rest.is_empty() {
            generator.pending = [reading.rest, start].concat();
            generator.score_pending()?;
        }
        Ok(generator)
    }

    /// Uses the drafts of `drafter` from now on.
    pub(crate) fn with_drafts(self, drafter: Option<Drafter>) -> Self {
        Self { drafter, ..self }
    }

    /// Generates the next token. With `allows`, the choice is among the tokens that it returns
    /// `true` for.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    pub(crate) fn next(&mut self, allows: Option<Allows<'_>>) -> Result<TokenId, EngineError> {
        let token = match (self.accepted.pop_front(), allows) {
            (Some(token), _) => token,
            (None, Some(allows)) => self.choose_by_logits(Some(allows))?,
            (None, None) if self.sampler.is_some() || self.pending.is_empty() => {
                self.choose_by_logits(None)?
            }
            (None, None) => self.decode_greedily()?,
        };
        self.n_left = self.n_left.saturating_sub(1);
        if let Some(drafter) = &mut self.drafter {
            drafter.push(token);
        }
        Ok(token)
    }

    /// How many prompt tokens had to be read; see [`Generation::n_read_tokens`](crate::Generation).
    pub(crate) fn n_read(&self) -> usize {
        self.n_read
    }

    /// How many decoder runs there were so far.
    pub(crate) fn n_runs(&self) -> usize {
        self.n_runs
    }

    /// Feeds the pending tokens, if there are any, and computes the logits after the last.
    fn score_pending(&mut self) -> Result<(), EngineError> {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            self.replay_unverified()?;
            self.run(&pending, DecodeOutput::Logits)?;
            self.past += pending.len();
        }
        Ok(())
    }

    /// Feeds the pending tokens and chooses the next one by the logits.
    fn choose_by_logits(&mut self, allows: Option<Allows<'_>>) -> Result<TokenId, EngineError> {
        self.score_pending()?;
        let logits = self.graph.logits();
        let token = match (&mut self.sampler, allows) {
            (Some(sampler), Some(allows)) => sampler.sample(&masked(logits, allows)),
            (Some(sampler), None) => sampler.sample(logits),
            (None, Some(allows)) => best_allowed(logits, allows),
            (None, None) => self.graph.next_ids().last().copied().unwrap_or_default(),
        };
        self.pending.push(token);
        Ok(token)
    }

    /// Feeds the pending tokens, with a draft if there is one, and takes the arg-max.
    fn decode_greedily(&mut self) -> Result<TokenId, EngineError> {
        let pending = std::mem::take(&mut self.pending);
        let draft = match &self.drafter {
            // A run yields one token more than the draft has.
            Some(drafter) if pending.len() == 1 => {
                drafter.draft(self.n_left.saturating_sub(1)).to_vec()
            }
            _ => Vec::new(),
        };
        if !draft.is_empty() || !self.unverified.is_empty() {
            return self.verify(pending, &draft);
        }
        self.run(&pending, DecodeOutput::NextIds(1))?;
        self.past += pending.len();
        let next = self.graph.next_ids()[0];
        self.pending.push(next);
        Ok(next)
    }

    /// Feeds `tokens` and a draft in one run, and accepts what greedy decoding would have chosen.
    fn verify(&mut self, tokens: Vec<TokenId>, draft: &[TokenId]) -> Result<TokenId, EngineError> {
        let mut fed = [&tokens, draft].concat();
        let n_certain = self.run_batched(&fed, draft.len() + 1)?;
        let chosen = self.graph.next_ids().to_vec();
        let certain = draft.iter().zip(&chosen[..n_certain]);
        let n_accepted = certain.take_while(|(guess, choice)| guess == choice).count();
        fed.truncate(tokens.len() + n_accepted);
        self.past += fed.len();
        if !self.graph.is_batch_invariant() {
            self.unverified.extend(fed);
        }
        let last = if n_accepted < n_certain {
            Some(chosen[n_accepted])
        } else {
            self.replay_unverified()?
        };
        let last = last.expect("an uncertain choice is of a token that was just marked unverified");
        self.pending.push(last);
        self.accepted.extend(chosen[..n_accepted].iter().chain([&last]));
        Ok(self.accepted.pop_front().expect("it has the last token at least"))
    }

    /// Feeds `tokens` in one run. Returns how many of its last `n` predictions, from the first on,
    /// certainly equal those of single runs.
    fn run_batched(&mut self, tokens: &[TokenId], n: usize) -> Result<usize, EngineError> {
        if self.graph.is_batch_invariant() {
            self.run(tokens, DecodeOutput::NextIds(n))?;
            return Ok(n);
        }
        self.run(tokens, DecodeOutput::NextIdsWithMargins(n))?;
        Ok((0..n).take_while(|&index| self.graph.top2_margin(index) >= MIN_MARGIN).count())
    }

    /// Feeds the unverified tokens again, one by one, as greedy decoding does. Returns the token
    /// that follows them; `None` if there were no unverified tokens.
    fn replay_unverified(&mut self) -> Result<Option<TokenId>, EngineError> {
        let tokens = std::mem::take(&mut self.unverified);
        self.past -= tokens.len();
        for token in &tokens {
            self.run(&[*token], DecodeOutput::NextIds(1))?;
            self.past += 1;
        }
        Ok(self.graph.next_ids().last().copied().filter(|_| !tokens.is_empty()))
    }

    fn run(&mut self, tokens: &[TokenId], output: DecodeOutput) -> Result<(), EngineError> {
        self.n_runs += 1;
        // Rejected guesses may follow in the cache, and a cancelled run may overwrite some of them.
        self.reader.record_fed(self.past, &[]);
        self.graph.decode(tokens, self.past, output)?;
        self.reader.record_fed(self.past, tokens);
        Ok(())
    }
}

/// The best token that `allows` accepts, or the best of all if it accepts none.
fn best_allowed(logits: &[f32], allows: Allows<'_>) -> TokenId {
    let mut best: Option<(f32, TokenId)> = None;
    for (id, score) in (0..).zip(logits) {
        // Comparing scores is cheaper than `allows`, so only a new best is checked.
        if best.is_none_or(|(highest, _)| *score > highest) && allows(id) {
            best = Some((*score, id));
        }
    }
    best.map_or_else(|| arg_max(logits), |(_, id)| id)
}

/// `logits` with minus infinity for every token that `allows` rejects.
fn masked(logits: &[f32], allows: Allows<'_>) -> Vec<f32> {
    let scores = (0..).zip(logits);
    scores.map(|(id, score)| if allows(id) { *score } else { f32::NEG_INFINITY }).collect()
}

#[cfg(test)]
mod tests;
