//! One request from arrival to answer: queue, cache, route, run, fallback.
//!
//! The order of answers: the cached one of the model that would be asked; the models of the route,
//! in turn, while there is time; between them the cached answer of any model; a copy from the
//! snippet; nothing. Whatever happens, the answer comes by the deadline.

use std::sync::Arc;
use std::time::SystemTime;

use pounce_engine::{EngineError, FinishReason, Generation, GenerationConfig, Prompt};

use crate::analyzer::analyze;
use crate::boundary::useful_part;
use crate::breaker::Outcome;
use crate::cache::CacheKey;
use crate::catalog::ModelId;
use crate::completion::{Completion, CompletionSource, Reason};
use crate::context::{Context, lock};
use crate::deadline::Deadline;
use crate::engine::{Run, RunError};
use crate::events::ModelState;
use crate::fallback::fallback;
use crate::flight::Flight;
use crate::metrics::Counter;
use crate::pool::ModelPool;
use crate::prompt_budget::prompt_budget;
use crate::queue::Ticket;
use crate::registry::InstalledModel;
use crate::request::CompletionRequest;
use crate::router::{Candidate, Choice, Preference, Question, Route, SkipReason, route};
use crate::settings::Settings;
use crate::worker::RunEnd;

/// Bytes of code a token, for a guess at the length of a prompt: the embedded model's vocabulary
/// takes 3.5 on Python and Rust.
const BYTES_PER_TOKEN: f64 = 3.5;

/// One request whose turn it is.
pub(crate) struct Inquiry {
    context: Arc<Context>,
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
    /// The server that got the code last, if one did.
    sent_to: Option<ModelId>,
}

/// What asking one model came to.
enum Verdict {
    Answer(Completion),
    /// Somebody else has to answer.
    Next,
    /// The request was given up.
    GivenUp(Reason),
}

impl Inquiry {
    pub(crate) fn new(
        pool: &ModelPool,
        request: CompletionRequest,
        deadline: Deadline,
        ticket: Ticket,
    ) -> Self {
        let context = pool.context();
        let settings = context.settings();
        let config = generation_config(&request, &settings);
        let CompletionRequest { segments, language, mode, model: named, is_secret, .. } = request;
        let prompt = Prompt { segments, language, mode };
        let key = CacheKey::new(&prompt, &config).filter(|_| !is_secret);
        let pool = pool.clone();
        Self {
            context,
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

    /// What the context is remembered by; `None` for sampled completions and for secrets.
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
                Verdict::Answer(completion) => return completion,
                Verdict::GivenUp(reason) => return Completion::empty(vec![reason]),
                Verdict::Next if self.deadline.is_expired() => break,
                Verdict::Next => {}
            }
        }
        self.recall(None).or_else(|| self.copy()).unwrap_or_else(|| Completion::empty(vec![]))
    }

    /// The models to ask. Loads what would have come first, in the background.
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
                candidates.push(Candidate { id, choice: Choice::StandsIn, is_ready: false });
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
            pinned: self.named.clone().or_else(|| self.context.pinned_model()),
            is_secret: self.is_secret,
        }
    }

    /// Asks one model, after waiting for it where it is being loaded.
    async fn ask(&mut self, candidate: Candidate) -> Verdict {
        let Candidate { id, choice, is_ready } = candidate;
        if !is_ready && let Some(verdict) = self.wait_for_load(&id).await {
            return verdict;
        }
        let Some(permit) = self.context.breakers.try_acquire(&id) else {
            return self.skip(id, SkipReason::BreakerOpen);
        };
        let cancel = self.ticket.cancel_token();
        let model = self.context.installed(&id);
        // The router knew that as well; what would leave the machine is worth two looks.
        if let Some(why) = model.as_ref().and_then(|model| self.hindrance(model)) {
            return self.skip(id, why);
        }
        let flight = model.and_then(|model| {
            let run = Run { prompt: self.prompt.clone(), config: self.config_for(&model), cancel };
            Flight::complete(&self.pool, model, run, self.deadline, permit)
        });
        let Some(flight) = flight else {
            return self.skip(id, SkipReason::NotLoaded);
        };
        self.reasons.push(Reason::Chose(id.clone(), choice));
        self.await_flight(id, flight).await
    }

    /// Why a server gets nothing now; `None` for a model of this machine.
    fn hindrance(&self, model: &InstalledModel) -> Option<SkipReason> {
        if !self.context.may_be_asked(model) {
            return Some(SkipReason::NotInstalled);
        }
        (self.is_secret && model.remote.is_some()).then_some(SkipReason::StaysHere)
    }

    /// How to generate with one model: it reads what it has time for.
    fn config_for(&self, model: &InstalledModel) -> GenerationConfig {
        let left = match self.settings.models.preference {
            Preference::Best => self.deadline.remaining(),
            Preference::Fast | Preference::Balanced => self.deadline.remaining_to_target(),
        };
        let speed = lock(&self.context.profile).get(model).speed;
        let max_unread_tokens = speed.map(|speed| prompt_budget(speed, self.prompt.mode, left));
        let recent = self.is_remembered().then(|| lock(&self.context.recents).of(model));
        GenerationConfig { max_unread_tokens, recent, ..self.config.clone() }
    }

    /// Whether later completions may be guessed from this one.
    fn is_remembered(&self) -> bool {
        !self.is_secret && self.settings.cache.remembers()
    }

    /// Waits for a load within the deadline; a verdict if it does not come up in time.
    async fn wait_for_load(&mut self, id: &ModelId) -> Option<Verdict> {
        tokio::select! {
            biased;
            reason = self.ticket.abort.aborted() => Some(Verdict::GivenUp(reason)),
            state = self.pool.settled(id) => match state {
                ModelState::Warm => None,
                ModelState::Failed { message } => {
                    self.reasons.push(Reason::LoadFailed(id.clone(), message));
                    Some(Verdict::Next)
                }
                _ => Some(self.skip(id.clone(), SkipReason::NotLoaded)),
            },
            () = tokio::time::sleep_until(self.deadline.maximum()) => {
                self.reasons.push(Reason::StillLoading(id.clone()));
                Some(Verdict::Next)
            }
        }
    }

    async fn await_flight(&mut self, id: ModelId, mut flight: Flight) -> Verdict {
        let verdict = tokio::select! {
            biased;
            end = flight.land() => self.judge(id, end, &mut flight),
            // Dropping the flight stops the run.
            reason = self.ticket.abort.aborted() => Verdict::GivenUp(reason),
            () = tokio::time::sleep_until(self.deadline.maximum()) => self.cut_off(id, &mut flight),
        };
        if let CompletionSource::Remote(id) = flight.source()
            && flight.was_started()
        {
            self.sent_to = Some(id);
        }
        verdict
    }

    /// What a run that came back is worth.
    fn judge(&mut self, id: ModelId, end: RunEnd, flight: &mut Flight) -> Verdict {
        match end {
            RunEnd::Generated(run) if run.finish == FinishReason::Cancelled => {
                Verdict::GivenUp(self.ticket.abort.reason().unwrap_or(Reason::Cancelled))
            }
            RunEnd::Generated(run) => {
                flight.settle(Outcome::Success);
                self.accept(id, flight.source(), run)
            }
            RunEnd::Failed(RunError::Engine(EngineError::EmptyPrompt)) => {
                Verdict::Answer(Completion::empty(vec![Reason::NothingToComplete]))
            }
            RunEnd::Failed(error) => {
                flight.settle(Outcome::Error);
                self.context.count(Counter::EngineErrors);
                tracing::warn!(model = %id, %error, "a run failed");
                self.reasons.push(Reason::ModelFailed(id, error.to_string()));
                Verdict::Next
            }
            RunEnd::Skipped => match self.ticket.abort.reason() {
                Some(reason) => Verdict::GivenUp(reason),
                None => self.skip(id, SkipReason::NotLoaded),
            },
            // The flight has told the breaker.
            RunEnd::Crashed | RunEnd::Prepared => {
                self.reasons.push(Reason::ModelCrashed(id));
                Verdict::Next
            }
        }
    }

    /// Takes a run's text, up to a useful boundary if the model would have gone on.
    fn accept(&mut self, id: ModelId, source: CompletionSource, run: Generation) -> Verdict {
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
                return Verdict::Next;
            }
            // The user's limit of tokens is small; what there is was asked for.
            None => run.text.clone(),
        };
        if text.is_empty() {
            self.reasons.push(Reason::EmptyAnswer(id));
        }
        Verdict::Answer(Completion {
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

    /// The maximum has come: takes the text so far, if it ends at a useful boundary.
    fn cut_off(&mut self, id: ModelId, flight: &mut Flight) -> Verdict {
        // A model is not to blame for what others had it do before.
        let is_missed = flight.was_started();
        flight.settle(if is_missed { Outcome::Missed } else { Outcome::Neutral });
        self.reasons.push(Reason::DeadlineMissed(id.clone()));
        let (text, n_tokens) = flight.progress();
        let Some(useful) = useful_part(&text, self.prompt.mode) else {
            self.reasons.push(Reason::NoUsefulBoundary(id));
            return Verdict::Next;
        };
        Verdict::Answer(Completion {
            text: useful.to_owned(),
            source: flight.source(),
            is_partial: true,
            finish: Some(FinishReason::Cancelled),
            n_tokens,
            ..Completion::empty(vec![])
        })
    }

    fn skip(&mut self, id: ModelId, reason: SkipReason) -> Verdict {
        self.reasons.push(Reason::Skipped(id, reason));
        Verdict::Next
    }

    /// The remembered answer to the same context, of one model or of any that may answer.
    fn recall(&self, of: Option<&ModelId>) -> Option<Completion> {
        let of = of.or(self.named.as_ref());
        let mut cache = lock(&self.context.cache);
        let cached = cache.get(self.key.as_ref()?, SystemTime::now())?;
        let is_wanted = of.is_none_or(|id| *id == cached.model);
        is_wanted.then(|| Completion {
            text: cached.text.clone(),
            source: CompletionSource::Cache(cached.model.clone()),
            ..Completion::empty(vec![])
        })
    }

    fn count_lookup(&self, is_hit: bool) {
        self.context.count(if is_hit { Counter::CacheHits } else { Counter::CacheMisses });
    }

    fn copy(&self) -> Option<Completion> {
        let found = fallback(&self.prompt.segments)?;
        Some(Completion { text: found.text, source: found.source, ..Completion::empty(vec![]) })
    }

    /// Remembers what a model completed to its end.
    fn remember(&self, completion: &Completion) {
        use CompletionSource::{Model, Remote};
        let (Model(id) | Remote(id)) = &completion.source else { return };
        if let Some(key) =
            self.key.filter(|_| !completion.is_partial && !completion.text.is_empty())
        {
            lock(&self.context.cache).put(key, &completion.text, id.clone(), SystemTime::now());
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
        // Only sampling looks at it, and there each answer is to be another.
        seed: fastrand::u64(..),
        ..GenerationConfig::default()
    }
}
