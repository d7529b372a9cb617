//! One request from arrival to answer: queue, cache, route, run, fallback.
//!
//! The order of answers: the cached one of the model that would be asked; the models of the route,
//! in turn, while there is time; between them the cached answer of any model; a copy from the
//! snippet; nothing. Whatever happens, the answer comes by the deadline.

use pounce_engine::{EngineError, FinishReason, Generation, GenerationConfig, Prompt};

use super::boundary::useful_part;
use super::cache::CacheKey;
use super::completion::{Completion, CompletionSource, Reason};
use super::completion_request::CompletionRequest;
use super::deadline::Deadline;
use super::fallback::fallback;
use super::in_flight::InFlightRun;
use super::queue::Ticket;
use crate::catalog::ModelId;
use crate::context::Context;
use crate::engines::{Run, RunError};
use crate::metrics::Counter;
use crate::pool::breakers::Outcome;
use crate::pool::worker::RunEnd;
use crate::pool::{ModelPool, ModelState};
use crate::registry::InstalledModel;
use crate::routing::complexity::analyze;
use crate::routing::{
    Candidate, Choice, Preference, Question, Route, SkipReason, prompt_budget, route,
};
use crate::settings::Settings;

/// Bytes of code per token, to estimate the length of a prompt: measured with the embedded model's
/// vocabulary on Python and Rust.
const BYTES_PER_TOKEN: f64 = 3.5;

/// One request whose turn it is.
pub(crate) struct RequestExecution {
    pool: ModelPool,
    settings: Settings,
    prompt: Prompt,
    config: GenerationConfig,
    /// Only this model may answer.
    named: Option<ModelId>,
    key: Option<CacheKey>,
    is_secret: bool,
    deadline: Deadline,
    ticket: Ticket,
    reasons: Vec<Reason>,
    /// The server that the code was last sent to; `None` if it stayed on this machine.
    sent_to: Option<ModelId>,
}

/// What asking one model came to.
enum AttemptResult {
    Answer(Completion),
    /// Another model or a fallback has to answer.
    Next,
    /// The request was cancelled.
    Cancelled(Reason),
}

impl RequestExecution {
    pub(crate) fn new(
        pool: &ModelPool,
        request: CompletionRequest,
        deadline: Deadline,
        ticket: Ticket,
    ) -> Self {
        let settings = pool.context().settings();
        let config = generation_config(&request, &settings);
        let CompletionRequest { segments, language, mode, model: named, is_secret, .. } = request;
        let prompt = Prompt { segments, language, mode };
        let key = CacheKey::new(&prompt, &config).filter(|_| !is_secret);
        let pool = pool.clone();
        Self {
            pool,
            settings,
            prompt,
            config,
            named,
            key,
            is_secret,
            deadline,
            ticket,
            reasons: Vec::new(),
            sent_to: None,
        }
    }

    fn context(&self) -> &Context {
        self.pool.context()
    }

    /// The key under which the answer is remembered; `None` for sampled completions and for secrets.
    pub(crate) fn key(&self) -> Option<CacheKey> {
        self.key
    }

    /// The answer, with its reasons.
    pub(crate) async fn answer(mut self) -> Completion {
        let mut completion = self.find_answer().await;
        completion.reasons.splice(0..0, self.reasons.drain(..));
        completion.sent_to = self.sent_to.take();
        self.remember(&completion);
        completion
    }

    async fn find_answer(&mut self) -> Completion {
        if self.prompt.segments.is_blank() {
            return Completion::empty(vec![Reason::NothingToComplete]);
        }
        let candidates = self.plan();
        let first = candidates.first().filter(|candidate| candidate.is_ready);
        let hit = first.and_then(|candidate| self.recall(Some(&candidate.id)));
        self.count_lookup(hit.is_some());
        if let Some(completion) = hit {
            return completion;
        }
        for (attempt, candidate) in candidates.into_iter().enumerate() {
            let recalled = if attempt == 0 { None } else { self.recall(None) };
            if let Some(completion) = recalled {
                return completion;
            }
            match self.ask(candidate).await {
                AttemptResult::Answer(completion) => return completion,
                AttemptResult::Cancelled(reason) => return Completion::empty(vec![reason]),
                AttemptResult::Next if self.deadline.is_expired() => break,
                AttemptResult::Next => {}
            }
        }
        self.recall(None).or_else(|| self.copy()).unwrap_or_else(|| Completion::empty(vec![]))
    }

    /// The models to ask. Starts loading the one that would have come first.
    fn plan(&mut self) -> Vec<Candidate> {
        let mut views = self.pool.views();
        if let Some(named) = &self.named {
            views.retain(|view| view.id == *named);
        }
        if views.is_empty() {
            self.reasons.push(match &self.named {
                Some(named) => Reason::Skipped(named.clone(), SkipReason::NotInstalled),
                None => Reason::NoModel,
            });
            return Vec::new();
        }
        let Route { mut candidates, skipped, to_load } = route(&self.question(), &views);
        self.reasons.extend(skipped.into_iter().map(|(id, reason)| Reason::Skipped(id, reason)));
        if let Some(id) = to_load {
            self.pool.request_load(&id);
            if candidates.is_empty() {
                candidates.push(Candidate { id, choice: Choice::Substitute, is_ready: false });
            }
        }
        candidates
    }

    fn question(&self) -> Question {
        let segments = &self.prompt.segments;
        let n_bytes = segments.prefix.len() + segments.suffix.len();
        Question {
            complexity: analyze(&segments.prefix, self.prompt.language),
            mode: self.prompt.mode,
            n_prompt_tokens: (n_bytes as f64 / BYTES_PER_TOKEN) as usize,
            to_target: self.deadline.remaining_to_target(),
            to_maximum: self.deadline.remaining(),
            preference: self.settings.models.preference,
            pinned: self.named.clone().or_else(|| self.context().pinned_model()),
            is_secret: self.is_secret,
        }
    }

    /// Asks one model, after waiting for it where it is being loaded.
    async fn ask(&mut self, candidate: Candidate) -> AttemptResult {
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
        if text.is_empty() {
            self.reasons.push(Reason::EmptyAnswer(id));
        }
        AttemptResult::Answer(Completion {
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
        AttemptResult::Answer(Completion {
            text: useful.to_owned(),
            source: in_flight.source(),
            is_partial: true,
            finish: Some(FinishReason::Cancelled),
            n_tokens,
            ..Completion::empty(vec![])
        })
    }

    fn skip(&mut self, id: ModelId, reason: SkipReason) -> AttemptResult {
        self.reasons.push(Reason::Skipped(id, reason));
        AttemptResult::Next
    }

    /// The remembered answer to the same context: of the model `of`, of the one that must answer, or
    /// of any.
    fn recall(&self, of: Option<&ModelId>) -> Option<Completion> {
        let of = of.or(self.named.as_ref());
        let cached = self.context().completions.recall(self.key.as_ref()?)?;
        let is_wanted = of.is_none_or(|id| *id == cached.model);
        is_wanted.then(|| Completion {
            text: cached.text,
            source: CompletionSource::Cache(cached.model),
            ..Completion::empty(vec![])
        })
    }

    fn count_lookup(&self, is_hit: bool) {
        self.context().count(if is_hit { Counter::CacheHits } else { Counter::CacheMisses });
    }

    fn copy(&self) -> Option<Completion> {
        let found = fallback(&self.prompt.segments)?;
        Some(Completion { text: found.text, source: found.source, ..Completion::empty(vec![]) })
    }

    /// Remembers a completion that its model has ended itself.
    fn remember(&self, completion: &Completion) {
        use CompletionSource::{Model, Remote};
        let (Model(id) | Remote(id)) = &completion.source else { return };
        if let Some(key) =
            self.key.filter(|_| !completion.is_partial && !completion.text.is_empty())
        {
            self.context().completions.remember(key, &completion.text, id.clone());
        }
    }
}

/// How to generate, by the settings and the request.
pub(crate) fn generation_config(
    request: &CompletionRequest,
    settings: &Settings,
) -> GenerationConfig {
    GenerationConfig {
        max_new_tokens: request
            .max_new_tokens
            .unwrap_or_else(|| settings.max_new_tokens(request.mode)),
        temperature: settings.models.temperature,
        // Used by sampling only, where each answer should differ.
        seed: fastrand::u64(..),
        ..GenerationConfig::default()
    }
}
