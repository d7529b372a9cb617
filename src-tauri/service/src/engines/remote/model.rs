//! [`RemoteModel`]: an engine that stands for a server.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pounce_engine::{
    CancelToken, FinishReason, Generation, GenerationConfig, Language, Mode, Prompt, Segments,
    never_stop,
};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::answer::Answer;
use super::error::RemoteError;
use super::request;
use super::stream::{Events, Fault};
use crate::engines::cancelled::cancelled;
use crate::engines::engine::{Engine, OnStep, Run};
use crate::engines::run_error::RunError;
use crate::settings::RemoteEngine;
use pounce_models::http::{Http, Reply, Secret};

/// The longest time for a server to load its model, such as a large one from a slow disk.
pub(super) const LOADING_LIMIT: Duration = Duration::from_secs(180);

/// A client for servers that may have to load their model before they answer.
pub(crate) fn patient_http() -> Http {
    Http::with_silence(LOADING_LIMIT)
}

/// A server that stands for a loaded model.
#[derive(Debug)]
pub(crate) struct RemoteModel {
    engine: RemoteEngine,
    key: Option<Secret>,
    http: Arc<Http>,
    /// Whether to ask for the probabilities of tokens: until the server refuses a request with that.
    asks_log_probs: bool,
    /// The task of [`keep_loading`](RemoteModel::keep_loading); `None` before the first.
    loading: Option<JoinHandle<()>>,
}

impl RemoteModel {
    pub(crate) fn new(engine: RemoteEngine, key: Option<Secret>, http: Arc<Http>) -> Self {
        Self { engine, key, http, asks_log_probs: true, loading: None }
    }

    /// See [`check`](fn@super::check).
    pub(super) async fn check(&mut self) -> Result<Generation, RunError> {
        let prefix = "def add(a, b):\n    return ".to_owned();
        // With a suffix, so that a server that takes none fails now, not with the first request.
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
        self.complete(&run, &mut never_stop).await
    }

    /// Asks for a few tokens of a fixed text, with time for the server to load its model. Ollama unloads
    /// a model after five idle minutes, and stops loading it again when the client disconnects: for
    /// requests that disconnect at their deadlines it would never be ready. Other servers go on
    /// reading a prompt that was given up, and answer this one after it.
    fn keep_loading(&mut self) {
        let mut twin = Self::new(self.engine.clone(), self.key.clone(), Arc::clone(&self.http));
        self.loading = Some(tokio::spawn(async move {
            // The next request shows the result.
            let _ = timeout(LOADING_LIMIT, twin.check()).await;
        }));
    }

    /// Whether it has not answered the trial of [`keep_loading`](Self::keep_loading) yet. A request would
    /// only wait behind it.
    fn is_occupied(&self) -> bool {
        self.loading.as_ref().is_some_and(|loading| !loading.is_finished())
    }

    /// Completes, however long it takes.
    async fn complete(
        &mut self,
        run: &Run,
        on_step: &mut OnStep<'_>,
    ) -> Result<Generation, RunError> {
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

    /// Asks with the probabilities of tokens, and without them if the server refuses that: some allow no
    /// fields that they do not know.
    async fn ask(
        &mut self,
        answer: &mut Answer,
        segments: &Segments,
        config: &GenerationConfig,
        on_step: &mut OnStep<'_>,
    ) -> Result<FinishReason, RemoteError> {
        match self.ask_once(answer, segments, config, on_step).await {
            Err(RemoteError::Refused { .. }) if self.asks_log_probs => {
                self.asks_log_probs = false;
                self.ask_once(answer, segments, config, on_step).await
            }
            finish => finish,
        }
    }

    /// Sends a prompt and reads the answer to its end.
    async fn ask_once(
        &self,
        answer: &mut Answer,
        segments: &Segments,
        config: &GenerationConfig,
        on_step: &mut OnStep<'_>,
    ) -> Result<FinishReason, RemoteError> {
        let mut body = request::body(&self.engine, segments, config);
        if self.asks_log_probs {
            request::ask_log_probs(&mut body, self.engine.kind);
        }
        let url = request::url(&self.engine);
        let mut reply = self.accepted(self.http.post(&url, self.key.as_ref(), &body).await?)?;
        answer.note_encoded();
        let mut events = Events::of_type(reply.header("content-type").unwrap_or(""));
        while let Some(chunk) = reply.chunk().await? {
            let step = events.push(chunk.as_ref()).map_err(|fault| self.fault(&reply, fault))?;
            if let Some(finish) = answer.take(step, on_step) {
                return Ok(finish);
            }
            // Some servers do not report the limit.
            if answer.n_tokens >= config.max_new_tokens {
                return Ok(FinishReason::Length);
            }
        }
        let rest = events.finish().map_err(|fault| self.fault(&reply, fault))?;
        match answer.take(rest, on_step) {
            Some(finish) => Ok(finish),
            None if answer.n_tokens == 0 => Err(self.fault(&reply, Fault::Malformed("nothing"))),
            // Without an explicit end the connection may have been cut.
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
            // llama.cpp answers 501 if the model has no tokens for filling in the middle.
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
            if self.is_occupied() {
                let host = self.engine.host().to_owned();
                return Err(RemoteError::Occupied { host }.into());
            }
            self.complete(run, on_step).await
        }
        .boxed()
    }

    /// Does nothing: code leaves this machine only for a request of the user's.
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
