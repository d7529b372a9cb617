//! [`Generator`]: the decoding loop, on token ids.
//!
//! It works on any [`Graph`] and knows neither text nor files. Greedy decoding takes the arg-max
//! that the graph computed; sampling and forced tokens look at the logits. With drafts, one run
//! checks several guessed tokens and keeps those that greedy decoding would have chosen.
//!
//! In some graphs a run of several tokens rounds differently from runs of one, and leaves other last
//! digits in the cache. Where the best two tokens are so close that this could matter, the tokens
//! since the last such place are fed again one by one. So drafts never change what is written.

use std::collections::VecDeque;

use crate::backend::graph::{Graph, TokenId, Wanted};
use crate::decoding::config::GenerationConfig;
use crate::decoding::draft::Drafter;
use crate::decoding::prefill::PromptReader;
use crate::decoding::sampling::Sampler;
use crate::error::EngineError;

/// Where the best token leads by less, in logits, wide runs are not trusted. Between runs of one and
/// of two, four or seven tokens the embedded model's leads differ by 0.19 at most (672 places).
const MIN_LEAD: f32 = 0.5;

/// Decides whether a token may come next.
pub(crate) type Allows<'a> = &'a dyn Fn(TokenId) -> bool;

/// Yields one completion, token by token.
pub(crate) struct Generator<'m> {
    graph: &'m mut dyn Graph,
    reader: &'m mut PromptReader,
    sampler: Option<Sampler>,
    drafter: Option<Drafter>,
    /// Prompt tokens that were not known from the prompt before.
    n_read: usize,
    /// Tokens in the decoder's cache.
    past: usize,
    /// Tokens to feed next; the last of them has no successor yet. Empty when the last token that
    /// was fed has its scores in the graph.
    pending: Vec<TokenId>,
    /// Checked drafts that were not asked for yet.
    accepted: VecDeque<TokenId>,
    /// Tokens that may still be asked for.
    n_left: usize,
    /// The last tokens in the cache, since the first that was fed together with a draft.
    unsettled: Vec<TokenId>,
    n_runs: usize,
}

impl<'m> Generator<'m> {
    /// Reads `input` and gets ready to decode after `start`.
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
            unsettled: Vec::new(),
            n_runs: 0,
        };
        if !reading.rest.is_empty() {
            generator.pending = [reading.rest, start].concat();
            generator.score_pending()?;
        }
        Ok(generator)
    }

    /// Has `drafter` guess what comes next, from now on.
    pub(crate) fn with_drafts(self, drafter: Option<Drafter>) -> Self {
        Self { drafter, ..self }
    }

    /// The next token: any, or the best of those that `allows` lets through.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    pub(crate) fn next(&mut self, allows: Option<Allows<'_>>) -> Result<TokenId, EngineError> {
        let token = match (self.accepted.pop_front(), allows) {
            (Some(token), _) => token,
            (None, Some(allows)) => self.choose(Some(allows))?,
            (None, None) if self.sampler.is_some() || self.pending.is_empty() => {
                self.choose(None)?
            }
            (None, None) => self.follow_greedily()?,
        };
        self.n_left = self.n_left.saturating_sub(1);
        if let Some(drafter) = &mut self.drafter {
            drafter.push(token);
        }
        Ok(token)
    }

    /// Prompt tokens that had to be read.
    pub(crate) fn n_read(&self) -> usize {
        self.n_read
    }

    /// Decoder runs so far.
    pub(crate) fn n_runs(&self) -> usize {
        self.n_runs
    }

    /// Feeds the pending tokens, if there are any, for the scores after the last one.
    fn score_pending(&mut self) -> Result<(), EngineError> {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() {
            self.settle()?;
            self.run(&pending, Wanted::Logits)?;
            self.past += pending.len();
        }
        Ok(())
    }

    /// Feeds the pending tokens and chooses by the logits.
    fn choose(&mut self, allows: Option<Allows<'_>>) -> Result<TokenId, EngineError> {
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

    /// Feeds the pending tokens, with a draft if there is one.
    fn follow_greedily(&mut self) -> Result<TokenId, EngineError> {
        let pending = std::mem::take(&mut self.pending);
        let draft = match &self.drafter {
            // The run gives one token more than were guessed.
            Some(drafter) if pending.len() == 1 => {
                drafter.draft(self.n_left.saturating_sub(1)).to_vec()
            }
            _ => Vec::new(),
        };
        if !draft.is_empty() || !self.unsettled.is_empty() {
            return self.check(pending, &draft);
        }
        self.run(&pending, Wanted::NextIds(1))?;
        self.past += pending.len();
        let next = self.graph.next_ids()[0];
        self.pending.push(next);
        Ok(next)
    }

    /// Feeds `tokens` and a draft in one run, and keeps what greedy decoding would have chosen.
    fn check(&mut self, tokens: Vec<TokenId>, draft: &[TokenId]) -> Result<TokenId, EngineError> {
        let (n_tokens, n_checked) = (tokens.len(), draft.len() + 1);
        let mut fed = [&tokens, draft].concat();
        let n_sure = self.run_wide(&fed, n_checked)?;
        let chosen = self.graph.next_ids().to_vec();
        let sure = draft.iter().zip(&chosen[..n_sure]);
        let n_agreed = sure.take_while(|(guess, choice)| guess == choice).count();
        fed.truncate(n_tokens + n_agreed);
        self.past += fed.len();
        if !self.graph.has_exact_wide_runs() {
            self.unsettled.extend(fed);
        }
        let last = if n_agreed < n_sure { Some(chosen[n_agreed]) } else { self.settle()? };
        let last = last.expect("where not all are sure, what was just fed is unsettled");
        self.pending.push(last);
        self.accepted.extend(chosen[..n_agreed].iter().chain([&last]));
        Ok(self.accepted.pop_front().expect("the last one at least"))
    }

    /// Feeds `tokens` in one run. Of its choices after the last `n`, so many are those of single runs for sure.
    fn run_wide(&mut self, tokens: &[TokenId], n: usize) -> Result<usize, EngineError> {
        if self.graph.has_exact_wide_runs() {
            self.run(tokens, Wanted::NextIds(n))?;
            return Ok(n);
        }
        self.run(tokens, Wanted::Ranked(n))?;
        Ok((0..n).take_while(|&index| self.graph.lead(index) >= MIN_LEAD).count())
    }

    /// Feeds the unsettled tokens again as greedy decoding does, one by one. Returns what it would
    /// choose next, if there were any.
    fn settle(&mut self) -> Result<Option<TokenId>, EngineError> {
        let tokens = std::mem::take(&mut self.unsettled);
        self.past -= tokens.len();
        for token in &tokens {
            self.run(&[*token], Wanted::NextIds(1))?;
            self.past += 1;
        }
        Ok(self.graph.next_ids().last().copied().filter(|_| !tokens.is_empty()))
    }

    fn run(&mut self, tokens: &[TokenId], wanted: Wanted) -> Result<(), EngineError> {
        self.n_runs += 1;
        // Guesses that were wrong may be behind it; a run that is cancelled writes over some of them.
        self.reader.note_fed(self.past, &[]);
        self.graph.decode(tokens, self.past, wanted)?;
        self.reader.note_fed(self.past, tokens);
        Ok(())
    }
}

/// The best-scored token that `allows` lets through; the best of all if it lets none through.
fn best_allowed(logits: &[f32], allows: Allows<'_>) -> TokenId {
    let mut best: Option<(f32, TokenId)> = None;
    for (id, score) in (0..).zip(logits) {
        // Comparing scores is cheaper than asking, so only the few new bests are asked about.
        if best.is_none_or(|(highest, _)| *score > highest) && allows(id) {
            best = Some((*score, id));
        }
    }
    best.map_or_else(|| crate::backend::scores::arg_max(logits), |(_, id)| id)
}

fn masked(logits: &[f32], allows: Allows<'_>) -> Vec<f32> {
    let scores = (0..).zip(logits);
    scores.map(|(id, score)| if allows(id) { *score } else { f32::NEG_INFINITY }).collect()
}

#[cfg(test)]
mod tests;
