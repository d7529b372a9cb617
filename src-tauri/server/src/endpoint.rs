//! [`Endpoint`]: what can be asked, by method and path, and who answers.

use bytes::Bytes;
use hyper::{Method, StatusCode, Uri};

use crate::http::refusal::Refusal;
use crate::http::reply::{self, Reply};
use crate::state::State;
use crate::{llama_cpp, ollama, openai};

/// Prometheus' text format.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Root,
    Metrics,
    Health,
    Props,
    Slots,
    Infill,
    OpenAiCompletions,
    OpenAiModels,
    OllamaGenerate,
    OllamaShow,
    OllamaTags,
    OllamaVersion,
}

impl Endpoint {
    /// What a method and an address ask for.
    ///
    /// # Errors
    /// A refusal if there is no such address, or it takes another method.
    pub(crate) fn find(method: &Method, uri: &Uri) -> Result<Self, Refusal> {
        let endpoint = Self::of_path(uri.path()).ok_or_else(|| {
            Refusal::new(StatusCode::NOT_FOUND, "there is nothing at this address")
        })?;
        let takes = endpoint.method();
        if takes == method || (takes == Method::GET && method == Method::HEAD) {
            return Ok(endpoint);
        }
        let message = format!("the method must be {takes}");
        Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, message))
    }

    fn of_path(path: &str) -> Option<Self> {
        Some(match path {
            "/" => Self::Root,
            "/metrics" => Self::Metrics,
            "/health" | "/v1/health" => Self::Health,
            "/props" => Self::Props,
            "/slots" => Self::Slots,
            "/infill" => Self::Infill,
            "/v1/completions" => Self::OpenAiCompletions,
            "/v1/models" => Self::OpenAiModels,
            "/api/generate" => Self::OllamaGenerate,
            "/api/show" => Self::OllamaShow,
            "/api/tags" => Self::OllamaTags,
            "/api/version" => Self::OllamaVersion,
            _ => return None,
        })
    }

    fn method(self) -> Method {
        match self {
            Self::Infill | Self::OpenAiCompletions | Self::OllamaGenerate | Self::OllamaShow => {
                Method::POST
            }
            _ => Method::GET,
        }
    }

    /// Whether it needs no token: whether a server runs is no secret.
    pub(crate) fn is_public(self) -> bool {
        matches!(self, Self::Root | Self::Health)
    }

    /// Answers a request.
    ///
    /// # Errors
    /// A refusal that says what is wrong.
    pub(crate) async fn answer(
        self,
        state: &State,
        uri: &Uri,
        body: &Bytes,
    ) -> Result<Reply, Refusal> {
        match self {
            Self::Root => Ok(reply::text("text/plain; charset=utf-8", "Pounce is running")),
            Self::Metrics => Ok(reply::text(METRICS, state.service.stats_text())),
            Self::Health => llama_cpp::health(state),
            Self::Props => Ok(llama_cpp::props(state)),
            Self::Slots => llama_cpp::slots(state, uri.query().unwrap_or_default()),
            Self::Infill => llama_cpp::infill(state, body).await,
            Self::OpenAiCompletions => openai::completions(state, body).await,
            Self::OpenAiModels => Ok(openai::models(state)),
            Self::OllamaGenerate => ollama::generate(state, body).await,
            Self::OllamaShow => ollama::show(state, body),
            Self::OllamaTags => Ok(ollama::tags(state)),
            Self::OllamaVersion => Ok(ollama::version()),
        }
    }

    /// Whether answering takes a model.
    pub(crate) fn completes(self) -> bool {
        matches!(self, Self::Infill | Self::OpenAiCompletions | Self::OllamaGenerate)
    }
}
