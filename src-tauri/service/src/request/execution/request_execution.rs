//! One request from arrival to answer: queue, cache, route, run, fallback.
//!
//! The order of answers: the cached one of the model that would be asked; the models of the route,
//! in turn, while there is time; between them the cached answer of any model; a copy from the
//! snippet; nothing. An answer of which nothing fits the place is none, and the next has its turn.
//! An answer that is not sure is [kept](super::escalation), and a better model asked in the time that is
//! left. Whatever happens, the answer comes by the deadline.

use std::sync::Arc;
use std::time::SystemTime;

use pounce_engine::{GenerationConfig, Prompt, RelatedCode, Segments};
use tokio::time::sleep_until;

use super::attempt_result::AttemptResult;
use super::escalation::Escalation;
use crate::confidence::Confidence;
use crate::context::Context;
use crate::metrics::Counter;
use crate::pool::ModelPool;
use crate::request::cache::{CacheKey, Cached};
use crate::request::completion::{Completion, CompletionSource, Reason};
use crate::request::completion_request::CompletionRequest;
use crate::request::deadline::Deadline;
use crate::request::fallback::fitted_fallback;
use crate::request::fitted::fitted;
use crate::request::queue::Ticket;
use crate::routing::complexity::{Complexity, analyze};
use crate::routing::{
    Candidate, Choice, ModelView, Question, Route, SkipReason, context_kind, route,
};
use crate::settings::Settings;
use pounce_models::catalog::ModelId;
use pounce_models::sync::spawn_blocking;

/// Bytes of code per token, to estimate the length of a prompt: measured with the embedded model's
/// vocabulary on Python and Rust.
const BYTES_PER_TOKEN: f64 = 3.5;

/// One request whose turn it is.
pub(crate) struct RequestExecution {
    pub(super) pool: ModelPool,
    pub(super) settings: Settings,
    pub(super) prompt: Arc<Prompt>,
    /// The user's own snippet, without the code of the file in which it stands.
    pub(super) snippet: Segments,
    pub(super) config: GenerationConfig,
    /// Only this model may answer.
    pub(super) named: Option<ModelId>,
    pub(super) key: Option<CacheKey>,
    pub(super) wants_alternatives: bool,
    pub(super) is_secret: bool,
    pub(super) deadline: Deadline,
    pub(super) ticket: Ticket,
    pub(super) reasons: Vec<Reason>,
    /// The server that the code was last sent to; `None` if it stayed on this machine.
    pub(super) sent_to: Option<ModelId>,
    /// The answer so far, and what another model would do for it.
    pub(super) escalation: Escalation,
}

impl RequestExecution {
    pub(crate) fn new(
        pool: &ModelPool,
        (request, snippet, related): (CompletionRequest, Segments, Option<Arc<RelatedCode>>),
        deadline: Deadline,
        ticket: Ticket,
    ) -> Self {
        let settings = pool.context().settings();
        let config = GenerationConfig { related, ..generation_config(&request, &settings) };
        let CompletionRequest { segments, language, mode, .. } = request;
        let CompletionRequest { model: named, is_secret, wants_alternatives, .. } = request;
        let prompt = Arc::new(Prompt { segments, language, mode });
        let key = CacheKey::new(&prompt, &config).filter(|_| !is_secret);
        let pool = pool.clone();
        Self {
            pool,
            settings,
            prompt,
            snippet,
            config,
            named,
            key,
            wants_alternatives,
            is_secret,
            deadline,
            ticket,
            reasons: Vec::new(),
            sent_to: None,
            escalation: Escalation::default(),
        }
    }

    pub(super) fn context(&self) -> &Context {
        self.pool.context()
    }

    /// Looks at the prompt on a thread of its own: hostile code takes a parser milliseconds, for which no
    /// other task should wait.
    pub(super) async fn examine<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Prompt) -> T + Send + 'static,
    ) -> T {
        let prompt = Arc::clone(&self.prompt);
        spawn_blocking(move || work(&prompt)).await
    }

    /// The key under which the answer is remembered; `None` for sampled completions and for secrets.
    pub(crate) fn key(&self) -> Option<CacheKey> {
        self.key
    }

    /// The answer, with its reasons.
    pub(crate) async fn answer(mut self) -> Completion {
        let completion = self.find_answer().await;
        let completion = self.finish(completion);
        self.remember(&completion);
        completion
    }

    /// Adds to an answer how it came about.
    pub(super) fn finish(&mut self, mut completion: Completion) -> Completion {
        completion.reasons.splice(0..0, self.reasons.drain(..));
        completion.sent_to = self.sent_to.take();
        completion
    }

    async fn find_answer(&mut self) -> Completion {
        if self.prompt.segments.is_blank() {
            return Completion::empty(vec![Reason::NothingToComplete]);
        }
        let candidates = self.plan().await;
        let hit = self.recall_first(&candidates).await;
        self.count_lookup(hit.is_some());
        if let Some(completion) = hit {
            return completion;
        }
        if let Some(reason) = self.ask_in_turn(candidates).await {
            return Completion::empty(vec![reason]);
        }
        if let Some(answer) = self.escalation.take_answer() {
            return answer;
        }
        match self.recall(None).await {
            Some(completion) => completion,
            None => self.examine(fitted_fallback).await,
        }
    }

    /// The remembered answer of a model of the route that is ready: of the first one, or of the best.
    async fn recall_first(&self, candidates: &[Candidate]) -> Option<Completion> {
        let is_quick = |candidate: &&Candidate| candidate.choice == Choice::First;
        let n = 1 + candidates.iter().take_while(is_quick).count();
        for candidate in candidates.iter().take(n).filter(|candidate| candidate.is_ready) {
            if let Some(completion) = self.recall(Some(&candidate.id)).await {
                return Some(completion);
            }
        }
        None
    }

    /// Asks the models until an answer stands, which is kept. The reason, if the request is cancelled
    /// meanwhile.
    async fn ask_in_turn(&mut self, candidates: Vec<Candidate>) -> Option<Reason> {
        for (attempt, mut candidate) in candidates.into_iter().enumerate() {
            if self.escalation.has_answer() {
                let Some(better) = self.escalate_to(candidate) else { continue };
                candidate = better;
            } else if attempt > 0
                && let Some(recalled) = self.recall(None).await
            {
                self.escalation.add(recalled);
                return None;
            }
            match self.ask(candidate).await {
                AttemptResult::Answer(answer) => self.escalation.add(*answer),
                AttemptResult::Cancelled(reason) => return Some(reason),
                AttemptResult::Next if self.deadline.is_expired() => return None,
                AttemptResult::Next => {}
            }
        }
        None
    }

    /// The models to ask. Starts loading the one that would have come first.
    async fn plan(&mut self) -> Vec<Candidate> {
        let mut views = self.pool.views(self.key);
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
        let question = self.question().await;
        let Route { mut candidates, skipped, to_load } = route(&question, &views);
        let is_ready =
            |view: &ModelView| candidates.iter().any(|it| it.is_ready && it.id == view.id);
        views.retain(is_ready);
        self.escalation = Escalation::new(question, views);
        self.reasons.extend(skipped.into_iter().map(|(id, reason)| Reason::Skipped(id, reason)));
        if let Some(id) = to_load {
            self.pool.request_load(&id);
            if candidates.is_empty() {
                candidates.push(Candidate { id, choice: Choice::Substitute, is_ready: false });
            }
        }
        candidates
    }

    async fn question(&self) -> Question {
        let complexity = self.complexity().await;
        Question {
            complexity,
            mode: self.prompt.mode,
            kind: context_kind(&self.prompt.segments, self.prompt.mode),
            n_prompt_tokens: self.n_prompt_tokens(),
            to_target: self.deadline.remaining_to_target(),
            to_maximum: self.deadline.remaining(),
            preference: self.settings.models.preference,
            pinned: self.named.clone().or_else(|| self.context().pinned_model()),
            is_secret: self.is_secret,
        }
    }

    /// Estimated tokens of the prompt.
    pub(super) fn n_prompt_tokens(&self) -> usize {
        let Segments { prefix, suffix } = &self.prompt.segments;
        ((prefix.len() + suffix.len()) as f64 / BYTES_PER_TOKEN) as usize
    }

    /// Measures the snippet; a request that has to end meanwhile is taken for a simple one.
    async fn complexity(&self) -> Complexity {
        tokio::select! {
            biased;
            found = self.examine(|prompt| analyze(&prompt.segments.prefix, prompt.language)) => found,
            _ = self.ticket.abort.aborted() => Complexity::default(),
            () = sleep_until(self.deadline.maximum()) => Complexity::default(),
        }
    }

    /// The remembered answer to the same context: of the model `of`, of the one that must answer, or
    /// of any.
    async fn recall(&self, of: Option<&ModelId>) -> Option<Completion> {
        if self.wants_alternatives {
            return None;
        }
        let of = of.or(self.named.as_ref());
        let cached = self.context().completions.recall(self.key.as_ref()?)?;
        if of.is_some_and(|id| *id != cached.model) {
            return None;
        }
        let answer = Completion {
            text: cached.text,
            confidence: cached.probability.map(Confidence::new),
            source: CompletionSource::Cache(cached.model),
            ..Completion::empty(vec![])
        };
        // An earlier version of the program may have stored it.
        let fitted = self.examine(|prompt| fitted(answer, prompt)).await;
        fitted.ok()
    }

    fn count_lookup(&self, is_hit: bool) {
        if !self.ticket.is_awaited() {
            return;
        }
        self.context().count(if is_hit { Counter::CacheHits } else { Counter::CacheMisses });
    }

    /// Remembers a completion that its model has ended itself.
    fn remember(&self, completion: &Completion) {
        use CompletionSource::{Model, Remote};
        let (Model(id) | Remote(id)) = &completion.source else { return };
        if let Some(key) =
            self.key.filter(|_| !completion.is_partial && !completion.text.is_empty())
        {
            let (text, model) = (completion.text.clone(), id.clone());
            let probability = completion.confidence.map(|confidence| confidence.probability);
            let answer = Cached { text, model, probability, stored: SystemTime::now() };
            self.context().completions.remember(key, answer);
        }
    }
}

/// How to generate, by the settings and the request.
pub(crate) fn generation_config(
    request: &CompletionRequest,
    settings: &Settings,
) -> GenerationConfig {
    let config = GenerationConfig {
        max_new_tokens: request
            .max_new_tokens
            .unwrap_or_else(|| settings.max_new_tokens(request.mode)),
        temperature: settings.models.temperature,
        // Used by sampling only, where each answer should differ.
        seed: fastrand::u64(..),
        ..GenerationConfig::default()
    };
    match request.sampling {
        Some(sampling) => sampling.apply(config),
        None => config,
    }
}
