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
use crate::backend::scores::{log_prob, top2_margin};
use crate::decoding::choice::Choice;
use crate::decoding::config::GenerationConfig;
use crate::decoding::draft::{Draft, DraftSource, Drafter};
use crate::decoding::draft_counts::DraftCounts;
use crate::decoding::prefill::PromptReader;
use crate::decoding::project::continuations::Continuations;
use crate::decoding::project::proposal::Proposal;
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

/// Generates one completion, token by token.
pub(crate) struct Generator<'m> {
    graph: &'m mut dyn Graph,
    reader: &'m mut PromptReader,
    /// `None` decodes greedily.
    sampler: Option<Sampler>,
    /// `None` makes no drafts.
    drafter: Option<Drafter>,
    /// `None` leaves the probabilities as the model has them.
    continuations: Option<Continuations>,
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
            continuations: None,
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

    /// Makes likelier from now on what follows the last tokens elsewhere in the project. Without effect
    /// when sampling.
    pub(crate) fn with_continuations(self, continuations: Option<Continuations>) -> Self {
        Self { continuations, ..self }
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
        self.record_written(&[choice.token]);
        Ok(choice)
    }

    /// Goes on after `ids`, which the completion begins with.
    pub(crate) fn after(mut self, ids: &[TokenId]) -> Self {
        self.pending.extend(ids);
        self.n_left = self.n_left.saturating_sub(ids.len());
        self.record_written(ids);
        self
    }

    fn record_written(&mut self, ids: &[TokenId]) {
        for id in ids {
            self.drafter.iter_mut().for_each(|drafter| drafter.push(*id));
            self.continuations.iter_mut().for_each(|continuations| continuations.push(*id));
        }
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
            found.push(self.best(0, &[], n, &|id| allows(0, id)));
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
                found.push(self.best(row, &ids[..position], n, &|id| allows(position, id)));
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
        let row = self.row;
        let choice = match (&mut self.sampler, allows) {
            (Some(sampler), _) => sampled(sampler, self.graph.logits(row), allows),
            (None, None) => self.choice(row, &[]),
            (None, Some(allows)) => {
                let best = self.best(row, &[], 1, allows).pop();
                best.unwrap_or_else(|| self.choice(row, &[]))
            }
        };
        self.advance(choice.token);
        Ok(choice)
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
        let next = self.choice(0, &[]);
        self.pending.push(next.token);
        Ok(next)
    }

    /// The likeliest token in row `row` of the last run's output, which follows the tokens `ahead`.
    fn choice(&self, row: usize, ahead: &[TokenId]) -> Choice {
        let log_prob = |token| self.graph.log_prob(row, token);
        let token = self.graph.next_ids()[row];
        let own = Choice { token, log_prob: log_prob(token) };
        match self.proposal(ahead, &|_| true) {
            Some(proposal) => proposal.mix(&[own], log_prob)[0],
            None => own,
        }
    }

    /// The `n` likeliest tokens of those that `allows` accepts, in row `row` of the last run's logits,
    /// which follows the tokens `ahead`; the best first.
    fn best(&self, row: usize, ahead: &[TokenId], n: usize, allows: Allows<'_>) -> Vec<Choice> {
        let logits = self.graph.logits(row);
        let own = likeliest(logits, n, allows);
        match self.proposal(ahead, allows) {
            Some(proposal) if !own.is_empty() => {
                let mut mixed = proposal.mix(&own, |token| log_prob_among(logits, token, allows));
                mixed.truncate(n);
                mixed
            }
            _ => own,
        }
    }

    fn proposal(&self, ahead: &[TokenId], allows: Allows<'_>) -> Option<Proposal> {
        self.continuations.as_ref().and_then(|found| found.after(ahead, allows))
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
        let decided = self.decided(draft, n_certain);
        let guessed = draft.iter().zip(&decided);
        let n_accepted = guessed.take_while(|(guess, choice)| **guess == choice.token).count();
        self.drafts.add(source, draft.len(), n_accepted);
        let n_decided = decided.len();
        self.accepted.extend(decided);
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

    /// The choices after a run with `draft`, up to the first that differs from its guess, of the first
    /// `n_certain`.
    fn decided(&self, draft: &[TokenId], n_certain: usize) -> Vec<Choice> {
        let mut decided = Vec::with_capacity(n_certain);
        for row in 0..n_certain {
            let choice = self.choice(row, &draft[..row]);
            decided.push(choice);
            if draft.get(row) != Some(&choice.token) {
                break;
            }
        }
        decided
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
        Ok((!tokens.is_empty()).then(|| self.choice(0, &[])))
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

/// A token that is drawn at random, of those that `allows` accepts.
fn sampled(sampler: &mut Sampler, logits: &[f32], allows: Option<Allows<'_>>) -> Choice {
    match allows {
        None => {
            let token = sampler.sample(logits);
            Choice { token, log_prob: log_prob(logits, token) }
        }
        Some(allows) => {
            let token = sampler.sample(&masked(logits, allows));
            Choice { token, log_prob: log_prob_among(logits, token, allows) }
        }
    }
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
