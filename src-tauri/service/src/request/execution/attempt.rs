//! Asking one model: waiting for its load, running it, and deciding what its answer is worth.

use pounce_engine::{EngineError, FinishReason, Generation, GenerationConfig};

use super::attempt_result::AttemptResult;
use super::in_flight::InFlightRun;
use super::request_execution::RequestExecution;
use crate::engines::{Run, RunError};
use crate::metrics::Counter;
use crate::pool::ModelState;
use crate::pool::breakers::Outcome;
use crate::pool::worker::RunEnd;
use crate::request::boundary::useful_part;
use crate::request::completion::{Completion, CompletionSource, Reason};
use crate::request::fitted::fitted;
use crate::routing::{Candidate, Preference, SkipReason, prompt_budget};
use pounce_models::catalog::ModelId;
use pounce_models::registry::InstalledModel;

impl RequestExecution {
    /// Asks one model, after waiting for it where it is being loaded.
    pub(super) async fn ask(&mut self, candidate: Candidate) -> AttemptResult {
        let Candidate { id, choice, is_ready } = candidate;
        if !is_ready && let Some(result) = self.wait_for_load(&id).await {
            return result;
        }
        let Some(permit) = self.context().breakers.try_acquire(&id) else {
            return self.skip(id, SkipReason::BreakerOpen);
        };
        let cancel = self.ticket.cancel_token();
        let model = self.context().installed(&id);
        // The router has checked this too, but by settings that may have changed since.
        if let Some(why) = model.as_ref().and_then(|model| self.skip_reason(model)) {
            return self.skip(id, why);
        }
        let in_flight = model.and_then(|model| {
            let run = Run { prompt: self.prompt.clone(), config: self.config_for(&model), cancel };
            InFlightRun::complete(&self.pool, model, run, self.deadline, permit)
        });
        let Some(in_flight) = in_flight else {
            return self.skip(id, SkipReason::NotLoaded);
        };
        self.reasons.push(Reason::Chose(id.clone(), choice));
        self.wait_for_run(id, in_flight).await
    }

    /// Why a server must not be asked now; `None` for a model of this machine.
    fn skip_reason(&self, model: &InstalledModel) -> Option<SkipReason> {
        if !self.context().may_be_asked(model) {
            return Some(SkipReason::NotInstalled);
        }
        (self.is_secret && model.remote.is_some()).then_some(SkipReason::StaysHere)
    }

    /// How to generate with one model: it reads as much of the prompt as there is time for.
    fn config_for(&self, model: &InstalledModel) -> GenerationConfig {
        let left = match self.settings.models.preference {
            Preference::Best => self.deadline.remaining(),
            Preference::Fast | Preference::Balanced => self.deadline.remaining_to_target(),
        };
        let speed = self.context().measurements.get(model).speed;
        let max_unread_tokens = speed.map(|speed| prompt_budget(speed, self.prompt.mode, left));
        let recent = self.is_remembered().then(|| self.context().completions.recent_of(model));
        GenerationConfig { max_unread_tokens, recent, ..self.config.clone() }
    }

    /// Whether later runs may draft their tokens from this completion.
    fn is_remembered(&self) -> bool {
        !self.is_secret && self.settings.cache.remembers()
    }

    /// Waits for a load within the deadline; `None` once the model is ready.
    async fn wait_for_load(&mut self, id: &ModelId) -> Option<AttemptResult> {
        tokio::select! {
            biased;
            reason = self.ticket.abort.aborted() => Some(AttemptResult::Cancelled(reason)),
            state = self.pool.settled(id) => match state {
                ModelState::Warm => None,
                ModelState::Failed { message } => {
                    self.reasons.push(Reason::LoadFailed(id.clone(), message));
                    Some(AttemptResult::Next)
                }
                _ => Some(self.skip(id.clone(), SkipReason::NotLoaded)),
            },
            () = tokio::time::sleep_until(self.deadline.maximum()) => {
                self.reasons.push(Reason::StillLoading(id.clone()));
                Some(AttemptResult::Next)
            }
        }
    }

    async fn wait_for_run(&mut self, id: ModelId, mut in_flight: InFlightRun) -> AttemptResult {
        let result = tokio::select! {
            biased;
            end = in_flight.wait() => self.judge(id, end, &mut in_flight),
            // Dropping the run stops it.
            reason = self.ticket.abort.aborted() => AttemptResult::Cancelled(reason),
            () = tokio::time::sleep_until(self.deadline.maximum()) => self.cut_off(id, &mut in_flight),
        };
        if let CompletionSource::Remote(id) = in_flight.source()
            && in_flight.was_started()
        {
            self.sent_to = Some(id);
        }
        result
    }

    /// Decides what to do with the end of a run.
    fn judge(&mut self, id: ModelId, end: RunEnd, in_flight: &mut InFlightRun) -> AttemptResult {
        match end {
            RunEnd::Generated(run) if run.finish == FinishReason::Cancelled => {
                AttemptResult::Cancelled(self.ticket.abort.reason().unwrap_or(Reason::Cancelled))
            }
            RunEnd::Generated(run) => {
                in_flight.settle(Outcome::Success);
                self.accept(id, in_flight.source(), run)
            }
            RunEnd::Failed(RunError::Engine(EngineError::EmptyPrompt)) => {
                AttemptResult::Answer(Completion::empty(vec![Reason::NothingToComplete]))
            }
            RunEnd::Failed(error) => {
                in_flight.settle(Outcome::Error);
                self.context().count(Counter::EngineErrors);
                tracing::warn!(model = %id, %error, "a run failed");
                self.reasons.push(Reason::ModelFailed(id, error.to_string()));
                AttemptResult::Next
            }
            RunEnd::Skipped => match self.ticket.abort.reason() {
                Some(reason) => AttemptResult::Cancelled(reason),
                None => self.skip(id, SkipReason::NotLoaded),
            },
            // The run in flight has told the breaker.
            RunEnd::Crashed | RunEnd::Prepared => {
                self.reasons.push(Reason::ModelCrashed(id));
                AttemptResult::Next
            }
        }
    }

    /// Takes a run's text, up to a useful boundary if the model would have gone on.
    fn accept(&mut self, id: ModelId, source: CompletionSource, run: Generation) -> AttemptResult {
        let is_cut = run.finish == FinishReason::Yielded;
        let is_partial = is_cut || run.finish == FinishReason::Length;
        let useful = if is_partial {
            useful_part(&run.text, self.prompt.mode)
        } else {
            Some(run.text.as_str())
        };
        let text = match useful {
            Some(useful) => useful.to_owned(),
            None if is_cut => {
                self.reasons.push(Reason::NoUsefulBoundary(id));
                return AttemptResult::Next;
            }
            // The user's limit of tokens is small: the text is as long as was asked for.
            None => run.text.clone(),
        };
        self.fit(Completion {
            text,
            source,
            is_partial,
            finish: Some(run.finish),
            timings: run.timings,
            n_tokens: run.n_tokens(),
            n_prompt_tokens: run.n_prompt_tokens,
            ..Completion::empty(vec![])
        })
    }

    /// Handles the deadline: takes the text so far, if it has a useful boundary.
    fn cut_off(&mut self, id: ModelId, in_flight: &mut InFlightRun) -> AttemptResult {
        // A model that was busy with earlier runs has not failed.
        let is_missed = in_flight.was_started();
        in_flight.settle(if is_missed { Outcome::Missed } else { Outcome::Neutral });
        self.reasons.push(Reason::DeadlineMissed(id.clone()));
        let (text, n_tokens) = in_flight.progress();
        let Some(useful) = useful_part(&text, self.prompt.mode) else {
            self.reasons.push(Reason::NoUsefulBoundary(id));
            return AttemptResult::Next;
        };
        self.fit(Completion {
            text: useful.to_owned(),
            source: in_flight.source(),
            is_partial: true,
            finish: Some(FinishReason::Cancelled),
            n_tokens,
            ..Completion::empty(vec![])
        })
    }

    /// Takes what fits of a model's answer.
    fn fit(&mut self, answer: Completion) -> AttemptResult {
        match fitted(answer, &self.prompt) {
            Ok(mut fitted) => {
                let is_silent = fitted.text.is_empty() && fitted.rejections().next().is_none();
                let silent = fitted.source.model().filter(|_| is_silent).cloned();
                fitted.reasons.extend(silent.map(Reason::EmptyAnswer));
                AttemptResult::Answer(fitted)
            }
            Err(reason) => {
                self.reasons.push(reason);
                AttemptResult::Next
            }
        }
    }

    fn skip(&mut self, id: ModelId, reason: SkipReason) -> AttemptResult {
        self.reasons.push(Reason::Skipped(id, reason));
        AttemptResult::Next
    }
}
