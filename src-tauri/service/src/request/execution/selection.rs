//! Chooses among a model's completions: the first one is the answer, unless it does not fit or another
//! one is likelier. What a run wrote before it was cut off is judged in the same way.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pounce_engine::{FinishReason, Generation};
use pounce_fitting::{Candidate, N_OTHERS, Place, Ranked, rank};
use tokio::time::{Instant, sleep_until};

use super::asked::Asked;
use super::attempt_result::AttemptResult;
use super::in_flight::InFlightRun;
use super::request_execution::RequestExecution;
use crate::confidence::{ConfidenceModel, Features};
use crate::pool::worker::Search;
use crate::request::boundary::useful_part;
use crate::request::completion::{Alternative, Completion, CompletionSource, Reason};
use pounce_models::sync::lock;

impl RequestExecution {
    /// Takes the best of what a model, which has written `first`, has for the place.
    pub(super) async fn select(&mut self, asked: &Asked, first: Generation) -> AttemptResult {
        let timings = first.timings;
        let Some(first) = self.useful(first) else {
            self.reasons.push(Reason::NoUsefulBoundary(asked.model.id.clone()));
            return AttemptResult::Next;
        };
        let first = self.fitted(first).await;
        let model = self.context().confidence_of(&asked.model);
        let until = match self.skips_search(asked, &first, &model) {
            true => None,
            false => self.search_until(asked, &first),
        };
        let others = match until {
            None => Vec::new(),
            Some(until) => match self.search(asked.clone(), &first, until).await {
                Ok(found) => found,
                Err(reason) => return AttemptResult::Cancelled(reason),
            },
        };
        match self.answer_of(asked.source(), &model, rank(self.prompt.mode, first, others)) {
            Some(answer) => AttemptResult::Answer(Box::new(Completion { timings, ..answer })),
            None => AttemptResult::Next,
        }
    }

    /// The run with its text up to a useful boundary, if the model would have gone on; `None` if
    /// there is none.
    fn useful(&self, run: Generation) -> Option<Generation> {
        let useful = match run.finish {
            FinishReason::Yielded | FinishReason::Cancelled => {
                useful_part(&run.text, self.prompt.mode)?
            }
            // The user's limit of tokens may be small: then the text is as long as was asked for.
            FinishReason::Length => useful_part(&run.text, self.prompt.mode).unwrap_or(&run.text),
            _ => &run.text,
        };
        Some(Generation { text: useful.to_owned(), ..run })
    }

    /// Whether the time for other completions is another model's, which is asked next, or was the one
    /// that this one went on from.
    fn skips_search(&self, asked: &Asked, first: &Candidate, model: &ConfidenceModel) -> bool {
        if self.wants_alternatives || self.escalation.has_answer() {
            return !self.wants_alternatives;
        }
        let features = Features::of(&first.generation, &self.prompt.segments);
        let sure = || Some(model.confidence(&features?).probability);
        let probability = if first.fitted.rejected.is_some() { Some(0.0) } else { sure() };
        probability.is_some_and(|probability| {
            self.will_escalate(&asked.model.id, probability, first.generation.n_tokens())
        })
    }

    /// Until when to search for other completions than `first`; `None` if none are needed.
    fn search_until(&self, asked: &Asked, first: &Candidate) -> Option<Instant> {
        let is_complete = first.fitted.rejected.is_some_and(|rejection| rejection.is_complete);
        if !has_ended(&first.generation) || is_complete || asked.model.remote.is_some() {
            return None;
        }
        if self.wants_alternatives || first.fitted.rejected.is_some() {
            return Some(self.deadline.maximum());
        }
        // The answer is there: what is left to the target is not all spent on a better one.
        let left = self.deadline.remaining_to_target() / 2;
        let is_worthwhile = first.may_be_surpassed(self.prompt.mode) && left > Duration::ZERO;
        is_worthwhile.then(|| Instant::now() + left)
    }

    /// Other completions than `first` that the model finds in time.
    ///
    /// # Errors
    /// The reason, if the request is cancelled meanwhile.
    async fn search(
        &mut self,
        asked: Asked,
        first: &Candidate,
        until: Instant,
    ) -> Result<Vec<Candidate>, Reason> {
        let found = Arc::<Mutex<Vec<Generation>>>::default();
        let first = first.generation.clone();
        let search = Search { first, n: N_OTHERS, until, found: Arc::clone(&found) };
        let Some(mut in_flight) = InFlightRun::search(&self.pool, asked, search) else {
            return Ok(Vec::new());
        };
        tokio::select! {
            biased;
            // First, because a cancelled search ends.
            reason = self.ticket.abort.aborted() => return Err(reason),
            // A search that fails has found what it has found.
            _ = in_flight.wait() => {}
            () = sleep_until(until) => {}
        }
        let (found, mut fitted) = (std::mem::take(&mut *lock(&found)), Vec::new());
        for generation in found {
            fitted.push(self.fitted(generation).await);
        }
        Ok(fitted)
    }

    /// A completion with what fits of it.
    async fn fitted(&self, generation: Generation) -> Candidate {
        self.examine(|prompt| Candidate::new(&Place::from(prompt), generation)).await
    }

    /// The best of the candidates, and the others that fit; `None` if none does.
    fn answer_of(
        &mut self,
        source: CompletionSource,
        model: &ConfidenceModel,
        ranked: Ranked,
    ) -> Option<Completion> {
        let Ranked { best: Candidate { generation, fitted }, others } = ranked;
        let rejections = others.iter().map(|it| it.fitted.rejected).chain([fitted.rejected]);
        let rejected = rejections.flatten().map(|it| Reason::Rejected(source.clone(), it));
        self.reasons.extend(rejected);
        if fitted.rejected.is_some_and(|rejection| !rejection.is_complete) {
            return None;
        }
        let is_silent = fitted.text.is_empty() && fitted.rejected.is_none();
        let silent = source.model().filter(|_| is_silent).cloned();
        let confidence = |generation: &Generation| {
            let features = Features::of(generation, &self.prompt.segments)?;
            Some(model.confidence(&features))
        };
        let alternative = |Candidate { generation, fitted }: Candidate| Alternative {
            confidence: confidence(&generation),
            text: fitted.text,
        };
        let others = others.into_iter().filter(|other| !other.fitted.text.is_empty());
        Some(Completion {
            text: fitted.text,
            alternatives: others.map(alternative).collect(),
            log_prob: generation.log_prob(),
            confidence: confidence(&generation),
            source,
            applied: fitted.applied,
            is_partial: !has_ended(&generation),
            finish: Some(generation.finish),
            n_tokens: generation.n_tokens(),
            n_prompt_tokens: generation.n_prompt_tokens,
            drafts: generation.drafts,
            ..Completion::empty(silent.map(Reason::EmptyAnswer).into_iter().collect())
        })
    }
}

/// Whether the model would not have gone on.
fn has_ended(generation: &Generation) -> bool {
    matches!(generation.finish, FinishReason::Stop | FinishReason::Repetition)
}
