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
use crate::backend::scores::{arg_max, log_prob, top2_margin};
use crate::decoding::config::GenerationConfig;
use crate::decoding::draft::{Draft, DraftSource, Drafter};
use crate::decoding::draft_counts::DraftCounts;
use crate::decoding::prefill::PromptReader;
use crate::decoding::sampling::Sampler;
use crate::error::EngineError;

/// With a smaller top-2 margin, in logits, the choice of a batched run is replayed. The embedded
/// model's margins differ by at most 0.19 between single runs and runs of two, four or seven tokens
/// (672 places).
const MIN_MARGIN: f32 = 0.5;

/// The most tokens that are scored in one run: the logits of each are as long as the vocabulary, and a
/// graph keeps the buffers of every size.
const MAX_SCORED: usize = 8;

/// Decides whether a token may come next.
pub(crate) type Allows<'a> = &'a dyn Fn(TokenId) -> bool;

/// A token that may come next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Choice {
    pub(crate) token: TokenId,
    /// The natural logarithm of its probability.
    pub(crate) log_prob: f32,
}

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
    /// Tokens to feed next. Empty if the logits to choose the next token by are in the graph.
    pending: Vec<TokenId>,
    /// Guesses that were fed with the last run, as far as they may still turn out right.
    guessed: VecDeque<TokenId>,
    /// The row of the last run's logits by which the next token is chosen.
    row: usize,
    /// Tokens that were decoded ahead and not returned yet.
    accepted: VecDeque<Choice>,
    /// Tokens that may still be generated.
    n_left: usize,
    /// The last tokens in the cache, from the first that was fed together with a draft: their cache
    /// entries may differ from those of single runs. Always empty if the graph is batch invariant.
    unverified: Vec<TokenId>,
    n_runs: usize,
    drafts: DraftCounts,
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
        Self::prefill_with(graph, reader, (input, start), config, None)
    }

    /// Reads the prompt like [`prefill`](Self::prefill), and uses the drafts of `drafter`: what is
    /// proposed is verified in the run that reads the end of the prompt.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    pub(crate) fn prefill_with(
        graph: &'m mut dyn Graph,
        reader: &'m mut PromptReader,
        (input, start): (&[TokenId], &[TokenId]),
        config: &GenerationConfig,
        drafter: Option<Drafter>,
    ) -> Result<Self, EngineError> {
        let reading = reader.read(graph, input, start.len() + config.max_new_tokens)?;
        let mut generator = Self {
            graph,
            reader,
            sampler: config
                .samples()
                .then(|| Sampler::new(config.temperature, config.top_p, config.seed)),
            drafter,
            n_read: reading.n_new,
            past: reading.past,
            pending: start.to_vec(),
            guessed: VecDeque::new(),
            row: 0,
            accepted: VecDeque::new(),
            n_left: config.max_new_tokens,
            unverified: Vec::new(),
            n_runs: 0,
            drafts: DraftCounts::default(),
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
    pub(crate) fn next(&mut self, allows: Option<Allows<'_>>) -> Result<Choice, EngineError> {
        let choice = match (self.accepted.pop_front(), allows) {
            (Some(choice), _) => choice,
            (None, Some(allows)) => self.choose_by_logits(Some(allows))?,
            (None, None) if self.sampler.is_some() || self.pending.is_empty() => {
                self.choose_by_logits(None)?
            }
            (None, None) => self.decode_greedily()?,
        };
        self.n_left = self.n_left.saturating_sub(1);
        if let Some(drafter) = &mut self.drafter {
            drafter.push(choice.token);
        }
        Ok(choice)
    }

    /// Goes on after `ids`, which the completion begins with.
    pub(crate) fn after(mut self, ids: &[TokenId]) -> Self {
        self.pending.extend(ids);
        self.n_left = self.n_left.saturating_sub(ids.len());
        if let Some(drafter) = &mut self.drafter {
            ids.iter().for_each(|id| drafter.push(*id));
        }
        self
    }

    /// At each position of a completion that consists of `ids`: its `n` likeliest tokens of those
    /// that `allows`, given a position, accepts. The completion cannot be continued afterwards.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    pub(crate) fn likeliest(
        mut self,
        ids: &[TokenId],
        n: usize,
        allows: &dyn Fn(usize, TokenId) -> bool,
    ) -> Result<Vec<Vec<Choice>>, EngineError> {
        let mut found = Vec::with_capacity(ids.len());
        if self.pending.is_empty() {
            found.push(likeliest(self.graph.logits(0), n, &|id| allows(0, id)));
        }
        let n_missing = ids.len() - found.len();
        let fed = ids.split_last().map_or(&[][..], |(_, before)| before);
        let fed = [self.pending.as_slice(), fed].concat();
        let (start, scored) = fed.split_at(fed.len() - n_missing);
        let mut tokens = start.to_vec();
        for chunk in scored.chunks(MAX_SCORED) {
            tokens.extend(chunk);
            self.run(&tokens, DecodeOutput::Logits(chunk.len()))?;
            self.past += tokens.len();
            tokens.clear();
            for row in 0..chunk.len() {
                let position = found.len();
                found.push(likeliest(self.graph.logits(row), n, &|id| allows(position, id)));
            }
        }
        Ok(found)
    }

    /// How many prompt tokens had to be read; see [`Generation::n_read_tokens`](crate::Generation).
    pub(crate) fn n_read(&self) -> usize {
        self.n_read
    }

    /// How many decoder runs there were so far.
    pub(crate) fn n_runs(&self) -> usize {
        self.n_runs
    }

    /// The guesses so far.
    pub(crate) fn drafts(&self) -> DraftCounts {
        self.drafts
    }

    /// Feeds the pending tokens, if there are any, and computes the logits after the last, and after
    /// each token of what is proposed.
    fn score_pending(&mut self) -> Result<(), EngineError> {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            self.replay_unverified()?;
            let guessed = self.proposed();
            self.run(&[&pending, &guessed[..]].concat(), DecodeOutput::Logits(guessed.len() + 1))?;
            self.past += pending.len();
            self.drafts.add(DraftSource::Proposal, guessed.len(), 0);
            (self.guessed, self.row) = (guessed.into(), 0);
        }
        Ok(())
    }

    /// The next tokens of a proposal, where the logits after each are those of single runs.
    fn proposed(&self) -> Vec<TokenId> {
        let is_exact = self.sampler.is_none() && self.graph.is_batch_invariant();
        let room = self.n_left.min(MAX_SCORED).saturating_sub(1);
        let drafter = self.drafter.as_ref().filter(|_| is_exact);
        let draft = drafter.and_then(|drafter| drafter.follow_proposal(room));
        draft.map_or_else(Vec::new, |draft| draft.tokens.to_vec())
    }

    /// Goes on after `token`, which was chosen by the logits of the present row.
    fn advance(&mut self, token: TokenId) {
        if self.guessed.pop_front() == Some(token) {
            self.drafts.add(DraftSource::Proposal, 0, 1);
            self.past += 1;
            self.row += 1;
        } else {
            self.guessed.clear();
            self.pending.push(token);
        }
    }

    /// Feeds the pending tokens and chooses the next one by the logits.
    fn choose_by_logits(&mut self, allows: Option<Allows<'_>>) -> Result<Choice, EngineError> {
        self.score_pending()?;
        let logits = self.graph.logits(self.row);
        let token = match (&mut self.sampler, allows) {
            (Some(sampler), Some(allows)) => sampler.sample(&masked(logits, allows)),
            (Some(sampler), None) => sampler.sample(logits),
            (None, Some(allows)) => best_allowed(logits, allows),
            (None, None) => self.graph.next_ids()[self.row],
        };
        let log_prob = match allows {
            Some(allows) => log_prob_among(logits, token, allows),
            None => log_prob(logits, token),
        };
        self.advance(token);
        Ok(Choice { token, log_prob })
    }

    /// Feeds the pending tokens, with a draft if there is one, and takes the arg-max.
    fn decode_greedily(&mut self) -> Result<Choice, EngineError> {
        let pending = std::mem::take(&mut self.pending);
        let (source, draft) = match &self.drafter {
            Some(drafter) if pending.len() == 1 => {
                // A run yields one token more than the draft has.
                let Draft { source, tokens } = drafter.draft(self.n_left.saturating_sub(1));
                (source, tokens.to_vec())
            }
            _ => (DraftSource::Code, Vec::new()),
        };
        if !draft.is_empty() || !self.unverified.is_empty() {
            return self.verify(pending, source, &draft);
        }
        self.run(&pending, DecodeOutput::NextIds(1))?;
        self.past += pending.len();
        let next = self.choice(0);
        self.pending.push(next.token);
        Ok(next)
    }

    /// What the last run chose in row `index` of its output.
    fn choice(&self, index: usize) -> Choice {
        Choice { token: self.graph.next_ids()[index], log_prob: self.graph.log_prob(index) }
    }

    /// Feeds `tokens` and a draft in one run, and accepts what greedy decoding would have chosen.
    fn verify(
        &mut self,
        tokens: Vec<TokenId>,
        source: DraftSource,
        draft: &[TokenId],
    ) -> Result<Choice, EngineError> {
        let mut fed = [&tokens, draft].concat();
        let n_certain = self.run_batched(&fed, draft.len() + 1)?;
        let chosen = self.graph.next_ids();
        let certain = draft.iter().zip(&chosen[..n_certain]);
        let n_accepted = certain.take_while(|(guess, token)| guess == token).count();
        self.drafts.add(source, draft.len(), n_accepted);
        let n_decided = n_certain.min(n_accepted + 1);
        self.accepted.extend((0..n_decided).map(|index| self.choice(index)).collect::<Vec<_>>());
        fed.truncate(tokens.len() + n_accepted);
        self.past += fed.len();
        if !self.graph.is_batch_invariant() {
            self.unverified.extend(fed);
        }
        if n_decided == n_accepted {
            let next = self.replay_unverified()?;
            self.accepted.extend(next);
        }
        self.pending.extend(self.accepted.back().map(|last| last.token));
        Ok(self.accepted.pop_front().expect("it has the token after the accepted ones at least"))
    }

    /// Feeds `tokens` in one run. Returns how many of its last `n` predictions, from the first on,
    /// certainly equal those of single runs.
    fn run_batched(&mut self, tokens: &[TokenId], n: usize) -> Result<usize, EngineError> {
        if self.graph.is_batch_invariant() {
            self.run(tokens, DecodeOutput::NextIds(n))?;
            return Ok(n);
        }
        self.run(tokens, DecodeOutput::Logits(n))?;
        let margins = (0..n).map(|index| top2_margin(self.graph.logits(index)));
        Ok(margins.take_while(|margin| *margin >= MIN_MARGIN).count())
    }

    /// Feeds the unverified tokens again, one by one, as greedy decoding does. Returns the token
    /// that follows them; `None` if there were no unverified tokens.
    fn replay_unverified(&mut self) -> Result<Option<Choice>, EngineError> {
        let tokens = std::mem::take(&mut self.unverified);
        self.past -= tokens.len();
        for token in &tokens {
            self.run(&[*token], DecodeOutput::NextIds(1))?;
            self.past += 1;
        }
        Ok((!tokens.is_empty()).then(|| self.choice(0)))
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

/// The `n` likeliest tokens of those that `allows` accepts, the best first.
fn likeliest(logits: &[f32], n: usize, allows: Allows<'_>) -> Vec<Choice> {
    let mut best: Vec<(f32, TokenId)> = Vec::with_capacity(n + 1);
    for (id, score) in (0..).zip(logits) {
        let is_better = best.len() < n || best.last().is_some_and(|(last, _)| score > last);
        if is_better && allows(id) {
            let place = best.partition_point(|(other, _)| other >= score);
            best.insert(place, (*score, id));
            best.truncate(n);
        }
    }
    let log_sum_exp =
        best.first().map_or(0.0, |(logit, token)| logit - log_prob_among(logits, *token, allows));
    let choice = |(logit, token)| Choice { token, log_prob: logit - log_sum_exp };
    best.into_iter().map(choice).collect()
}

/// The log-probability of `token` among the tokens that `allows` accepts.
fn log_prob_among(logits: &[f32], token: TokenId, allows: Allows<'_>) -> f32 {
    // Tokens below have hardly a share in the sum, and `allows` is not cheap.
    const RANGE: f32 = 16.0;
    let chosen = logits[token as usize];
    let likely = (0..).zip(logits).filter(|(_, logit)| **logit > chosen - RANGE);
    let allowed = likely.filter(|(id, _)| *id == token || allows(*id));
    -allowed.map(|(_, logit)| (logit - chosen).exp()).sum::<f32>().ln()
}

/// `logits` with minus infinity for every token that `allows` rejects.
fn masked(logits: &[f32], allows: Allows<'_>) -> Vec<f32> {
    let scores = (0..).zip(logits);
    scores.map(|(id, score)| if allows(id) { *score } else { f32::NEG_INFINITY }).collect()
}

#[cfg(test)]
mod tests;
