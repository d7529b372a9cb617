//! Asks one model: waits until it is loaded, runs it to its end or to the deadline, and hands what it
//! wrote to the selection.

use pounce_engine::{EngineError, FinishReason, Generation, GenerationConfig, Prompt};

use super::asked::Asked;
use super::attempt_result::AttemptResult;
use super::in_flight::InFlightRun;
use super::request_execution::RequestExecution;
use crate::engines::remote::RemoteError;
use crate::engines::{Run, RunError};
use crate::metrics::Counter;
use crate::pool::ModelState;
use crate::pool::breakers::Outcome;
use crate::pool::worker::RunEnd;
use crate::request::completion::{Completion, Reason};
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
        let Some(model) = model else { return self.skip(id, SkipReason::NotLoaded) };
        let (prompt, config) = (self.prompt_for(&model), self.config_for(&model));
        let run = Run { prompt, config, cancel };
        let asked = Asked { model, run };
        let Some(in_flight) = InFlightRun::complete(&self.pool, &asked, self.deadline, permit)
        else {
            return self.skip(id, SkipReason::NotLoaded);
        };
        self.pool.note_read(&id, self.key);
        self.reasons.push(Reason::Chose(id, choice));
        self.wait_for_run(asked, in_flight).await
    }

    /// Why a server must not be asked now; `None` for a model of this machine.
    fn skip_reason(&self, model: &InstalledModel) -> Option<SkipReason> {
        if !self.context().may_be_asked(model) {
            return Some(SkipReason::NotInstalled);
        }
        (self.is_secret && model.remote.is_some()).then_some(SkipReason::StaysHere)
    }

    /// What a model reads: one of another machine gets the user's snippet alone, unless the settings allow
    /// the code around it.
    fn prompt_for(&self, model: &InstalledModel) -> Prompt {
        let prompt = (*self.prompt).clone();
        if model.remote.is_none() || self.context().settings().projects.send_to_remote {
            return prompt;
        }
        Prompt { segments: self.snippet.clone(), ..prompt }
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
        let proposals = [self.config.proposals.clone(), self.escalation.proposals()].concat();
        GenerationConfig { max_unread_tokens, recent, proposals, ..self.config.clone() }
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

    async fn wait_for_run(&mut self, asked: Asked, mut in_flight: InFlightRun) -> AttemptResult {
        let end = tokio::select! {
            biased;
            end = in_flight.wait() => Ok(end),
            // Dropping the run stops it.
            reason = self.ticket.abort.aborted() => Err(AttemptResult::Cancelled(reason)),
            () = tokio::time::sleep_until(self.deadline.maximum()) => {
                Err(self.cut_off(&asked, &mut in_flight).await)
            }
        };
        if asked.model.remote.is_some() && in_flight.was_started() && !is_occupied(&end) {
            self.sent_to = Some(asked.model.id.clone());
        }
        match end {
            Ok(RunEnd::Generated(run)) if run.finish != FinishReason::Cancelled => {
                in_flight.settle(Outcome::Success);
                self.select(&asked, run).await
            }
            Ok(end) => self.judge(asked.model.id, end, &mut in_flight),
            Err(result) => result,
        }
    }

    /// Decides what to do with the end of a run that has no text.
    fn judge(&mut self, id: ModelId, end: RunEnd, in_flight: &mut InFlightRun) -> AttemptResult {
        match end {
            RunEnd::Generated(_) => {
                AttemptResult::Cancelled(self.ticket.abort.reason().unwrap_or(Reason::Cancelled))
            }
            RunEnd::Failed(RunError::Engine(EngineError::EmptyPrompt)) => {
                AttemptResult::Answer(Box::new(Completion::empty(vec![Reason::NothingToComplete])))
            }
            RunEnd::Failed(RunError::Remote(error @ RemoteError::Occupied { .. })) => {
                in_flight.settle(Outcome::Neutral);
                self.reasons.push(Reason::ModelFailed(id, error.to_string()));
                AttemptResult::Next
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
            RunEnd::Crashed | RunEnd::Searched | RunEnd::Prepared => {
                self.reasons.push(Reason::ModelCrashed(id));
                AttemptResult::Next
            }
        }
    }

    /// Handles the deadline: takes the text so far, if it has a useful boundary.
    async fn cut_off(&mut self, asked: &Asked, in_flight: &mut InFlightRun) -> AttemptResult {
        // A model that was busy with earlier runs has not failed.
        let is_missed = in_flight.was_started();
        in_flight.settle(if is_missed { Outcome::Missed } else { Outcome::Neutral });
        self.reasons.push(Reason::DeadlineMissed(asked.model.id.clone()));
        let (text, n_tokens) = in_flight.progress();
        self.select(asked, Generation::of_text(text, n_tokens, FinishReason::Cancelled)).await
    }

    fn skip(&mut self, id: ModelId, reason: SkipReason) -> AttemptResult {
        self.reasons.push(Reason::Skipped(id, reason));
        AttemptResult::Next
    }
}

/// Whether a server was not sent the request, because it is still busy with an earlier one.
fn is_occupied<E>(end: &Result<RunEnd, E>) -> bool {
    matches!(end, Ok(RunEnd::Failed(RunError::Remote(RemoteError::Occupied { .. }))))
}
