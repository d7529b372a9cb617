//! Engines on other machines: servers with a completions endpoint, asked only where the user has
//! turned them on.
//!
//! `RemoteModel` is an [`Engine`] like any other, so deadline, breaker, cache, queue and metrics
//! hold for it as they are. The answer is streamed: each piece is a step, whose text the same stop
//! rules end and of which the deadline takes what is useful. To cancel is to drop the connection.
//! Nothing of the user's is sent but for a request: [reading ahead](Engine::prepare) sends nothing.

mod error;
mod request;
mod stream;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pounce_engine::{
    CancelToken, FinishReason, Generation, GenerationConfig, Language, Mode, Prompt, Segments,
    StageTimings, Step, StopCriteria,
};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

pub use error::RemoteError;

use super::{Engine, OnStep, Run, RunError};
use crate::cancelled::cancelled;
use crate::http::{Http, Reply, Secret};
use crate::keys::Keys;
use crate::settings::RemoteEngine;
use stream::{End, Event, Events, Fault};

/// A server that has said nothing for so long may be loading its model, which takes up to
/// [`LOADING_LIMIT`].
const LOADING_AFTER: Duration = Duration::from_millis(100);
/// A large model on a slow disk.
const LOADING_LIMIT: Duration = Duration::from_secs(180);

/// Completes once, without a service: no deadline, no breaker, no cache.
///
/// # Errors
/// [`RemoteError`] with the remedy; `http://` to other machines only if it is allowed.
pub async fn complete(
    engine: &RemoteEngine,
    allows_plain_http: bool,
    prompt: Prompt,
    config: GenerationConfig,
) -> Result<Generation, RunError> {
    let run = Run { prompt, config, cancel: CancelToken::new() };
    let mut model = RemoteModel::connect(engine, allows_plain_http, &Keys::default()).await?;
    model.generate(&run, &mut |_| ControlFlow::Continue(())).await
}

/// Asks a server for a few tokens of a fixed text, to see whether it is there and completes. How
/// long that took.
///
/// # Errors
/// Those of [`complete`].
pub async fn check(engine: &RemoteEngine, allows_plain_http: bool) -> Result<Duration, RunError> {
    check_with(engine, allows_plain_http, &Keys::default()).await
}

/// The same with a key of `keys`.
pub(crate) async fn check_with(
    engine: &RemoteEngine,
    allows_plain_http: bool,
    keys: &Keys,
) -> Result<Duration, RunError> {
    let mut model = RemoteModel::connect(engine, allows_plain_http, keys).await?;
    let checked = timeout(LOADING_LIMIT, model.check()).await;
    checked.unwrap_or_else(|_| Err(RemoteError::Endless { host: engine.host().to_owned() }.into()))
}

/// What to reach servers with that may have to load a model before they answer.
pub(crate) fn patient_http() -> Http {
    Http::with_silence(LOADING_LIMIT)
}

/// A server that stands for a loaded model.
#[derive(Debug)]
pub(crate) struct RemoteModel {
    engine: RemoteEngine,
    key: Option<Secret>,
    http: Arc<Http>,
    /// Has a server load its model; see [`keep_loading`](RemoteModel::keep_loading).
    loading: Option<JoinHandle<()>>,
}

impl RemoteModel {
    pub(crate) fn new(engine: RemoteEngine, key: Option<Secret>, http: Arc<Http>) -> Self {
        Self { engine, key, http, loading: None }
    }

    /// With its key, outside of a service.
    async fn connect(
        engine: &RemoteEngine,
        allows_plain_http: bool,
        keys: &Keys,
    ) -> Result<Self, RemoteError> {
        if let Some(problem) = engine.problem(allows_plain_http) {
            return Err(RemoteError::Entry(problem));
        }
        let key = keys.get(&engine.id).await;
        Ok(Self::new(engine.clone(), key, Arc::new(patient_http())))
    }

    /// See [`check`].
    async fn check(&mut self) -> Result<Duration, RunError> {
        let started = Instant::now();
        let prefix = "def add(a, b):\n    return ".to_owned();
        // A server that takes no suffix says so now, not with the first request.
        let suffix = "\n\nprint(add(1, 2))\n".to_owned();
        let run = Run {
            prompt: Prompt {
                segments: Segments { prefix, suffix },
                language: Language::Python,
                mode: Mode::Line,
            },
            config: GenerationConfig { max_new_tokens: 4, ..GenerationConfig::default() },
            cancel: CancelToken::new(),
        };
        self.generate(&run, &mut |_| ControlFlow::Continue(())).await?;
        Ok(started.elapsed())
    }

    /// Asks for a few tokens of a fixed text, with time for a model to be loaded. Ollama puts a model
    /// away after five idle minutes, and gives up loading it again when the client that asked leaves: requests that
    /// leave at their deadlines would never see it again.
    fn keep_loading(&mut self) {
        if self.loading.as_ref().is_some_and(|loading| !loading.is_finished()) {
            return;
        }
        let mut twin = Self::new(self.engine.clone(), self.key.clone(), Arc::clone(&self.http));
        self.loading = Some(tokio::spawn(async move {
            // Whatever comes of it, the next request will show.
            let _ = timeout(LOADING_LIMIT, twin.check()).await;
        }));
    }

    /// Sends a prompt and reads the answer to its end.
    async fn ask(
        &self,
        answer: &mut Answer,
        segments: &Segments,
        config: &GenerationConfig,
        on_step: &mut OnStep<'_>,
    ) -> Result<FinishReason, RemoteError> {
        let body = request::body(&self.engine, segments, config);
        let url = request::url(&self.engine);
        let mut reply = self.accepted(self.http.post(&url, self.key.as_ref(), &body).await?)?;
        answer.note_encoded();
        let mut events = Events::of_type(reply.header("content-type").unwrap_or(""));
        while let Some(chunk) = reply.chunk().await? {
            let step = events.push(chunk.as_ref()).map_err(|fault| self.fault(&reply, fault))?;
            if let Some(finish) = answer.take(step, on_step) {
                return Ok(finish);
            }
            // Some servers do not know the word for it.
            if answer.n_tokens >= config.max_new_tokens {
                return Ok(FinishReason::Length);
            }
        }
        let rest = events.finish().map_err(|fault| self.fault(&reply, fault))?;
        match answer.take(rest, on_step) {
            Some(finish) => Ok(finish),
            None if answer.n_tokens == 0 => Err(self.fault(&reply, Fault::Malformed("nothing"))),
            // It never said that this was the end: the connection may have been cut.
            None => Ok(FinishReason::Yielded),
        }
    }

    /// The reply, if its status says that a completion follows.
    fn accepted(&self, reply: Reply) -> Result<Reply, RemoteError> {
        let (host, status, kind) = (reply.host(), reply.status(), self.engine.kind);
        Err(match status {
            200..=299 => return Ok(reply),
            401 | 403 => RemoteError::Key { host, status, id: self.engine.id.to_string() },
            404 => RemoteError::NotFound { host, what: self.what() },
            429 | 503 => RemoteError::Busy { host, status },
            // 501 is what llama.cpp answers where the model has no tokens for the middle.
            400..=499 | 501 => RemoteError::Refused { host, status, kind },
            _ => RemoteError::Failed { host, status, kind },
        })
    }

    /// What was not found: the model, or the path.
    fn what(&self) -> String {
        let url = request::url(&self.engine);
        let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        let path = path.map_or_else(String::new, |(_, path)| format!("/{path}"));
        match self.engine.model.as_str() {
            "" => path,
            model => format!("model {model:?} at {path}"),
        }
    }

    fn fault(&self, reply: &Reply, fault: Fault) -> RemoteError {
        let (host, kind) = (reply.host(), self.engine.kind);
        match fault {
            Fault::Malformed(what) => RemoteError::Malformed { host, what, kind },
            Fault::Failed => RemoteError::Failed { host, status: reply.status(), kind },
        }
    }
}

impl Engine for RemoteModel {
    fn generate<'a>(
        &'a mut self,
        run: &'a Run,
        on_step: &'a mut OnStep<'a>,
    ) -> BoxFuture<'a, Result<Generation, RunError>> {
        async move {
            let Run { prompt, config, cancel } = run;
            let segments = request::clip(&prompt.segments, &self.engine, config.max_new_tokens);
            let mut answer = Answer::new(prompt);
            let finish = tokio::select! {
                biased;
                // Dropping the exchange drops the connection.
                () = cancelled(cancel) => FinishReason::Cancelled,
                finish = self.ask(&mut answer, &segments, config, on_step) => finish?,
            };
            if answer.is_late(finish) {
                self.keep_loading();
            }
            Ok(answer.finish(&segments, &prompt.segments, finish))
        }
        .boxed()
    }

    /// Does nothing: what the user has not asked to be completed stays here.
    fn prepare<'a>(&'a mut self, _: &'a Run) -> BoxFuture<'a, Result<(), RunError>> {
        async { Ok(()) }.boxed()
    }

    /// Shows whether the server answers, before the first request is sent there.
    fn warm_up(&mut self) -> BoxFuture<'_, Result<(), RunError>> {
        async move { self.check().await.map(|_| ()) }.boxed()
    }
}

impl Drop for RemoteModel {
    fn drop(&mut self) {
        if let Some(loading) = self.loading.take() {
            loading.abort();
        }
    }
}

/// The text as it comes in.
struct Answer {
    criteria: StopCriteria,
    text: String,
    /// Pieces that came; servers send a token each.
    n_tokens: usize,
    started: Instant,
    timings: StageTimings,
}

impl Answer {
    fn new(prompt: &Prompt) -> Self {
        Self {
            criteria: StopCriteria::new(prompt.mode, &prompt.segments),
            text: String::new(),
            n_tokens: 0,
            started: Instant::now(),
            timings: StageTimings::default(),
        }
    }

    /// The server has begun to answer.
    fn note_encoded(&mut self) {
        self.timings.encode = self.started.elapsed();
    }

    /// Whether it was given up before the server said a word, although there was time.
    fn is_late(&self, finish: FinishReason) -> bool {
        let is_silent = self.timings.encode.is_zero() && self.started.elapsed() >= LOADING_AFTER;
        is_silent && finish == FinishReason::Cancelled
    }

    /// Takes what came; says why the completion ends there, if it does.
    fn take(&mut self, events: Vec<Event>, on_step: &mut OnStep<'_>) -> Option<FinishReason> {
        events.into_iter().find_map(|event| match event {
            Event::Text(text) if text.is_empty() => None,
            Event::Text(text) => self.push(&text, on_step),
            Event::End(End::Length) => Some(FinishReason::Length),
            Event::End(End::Stop) => Some(FinishReason::Stop),
        })
    }

    fn push(&mut self, piece: &str, on_step: &mut OnStep<'_>) -> Option<FinishReason> {
        self.text.push_str(piece);
        self.n_tokens += 1;
        let elapsed = self.started.elapsed();
        let since_encoded = elapsed.saturating_sub(self.timings.encode);
        match self.n_tokens {
            1 => self.timings.first_token = since_encoded,
            _ => self.timings.decode = since_encoded.saturating_sub(self.timings.first_token),
        }
        if let Some(end) = self.criteria.end_of(&self.text) {
            self.text.truncate(end);
            return Some(FinishReason::Stop);
        }
        let step = Step { text: &self.text, n_tokens: self.n_tokens, elapsed };
        on_step(&step).is_break().then_some(FinishReason::Yielded)
    }

    fn finish(self, sent: &Segments, wanted: &Segments, finish: FinishReason) -> Generation {
        let n_bytes = sent.prefix.len() + sent.suffix.len();
        let n_prompt_tokens = (n_bytes as f64 / request::BYTES_PER_TOKEN).ceil() as usize;
        Generation {
            text: self.text,
            // Servers tell no ids; what counts is how many.
            token_ids: vec![0; self.n_tokens],
            n_prompt_tokens,
            n_read_tokens: n_prompt_tokens,
            is_prompt_clipped: sent != wanted,
            n_decoder_runs: self.n_tokens,
            finish,
            timings: self.timings,
        }
    }
}
