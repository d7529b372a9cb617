//! [`Protocol`]: whose forms an address speaks.

use hyper::Uri;

use crate::http::refusal::Refusal;
use crate::http::reply::{self, Reply};
use crate::{llama_cpp, ollama, openai};

/// Whose forms an address speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    LlamaCpp,
    OpenAi,
    Ollama,
}

impl Protocol {
    /// The protocol of an address; unknown ones are answered as llama.cpp would.
    pub(crate) fn of(uri: &Uri) -> Self {
        match uri.path() {
            path if path.starts_with("/v1/") => Self::OpenAi,
            path if path.starts_with("/api/") => Self::Ollama,
            _ => Self::LlamaCpp,
        }
    }

    /// A refusal in the protocol's own form.
    pub(crate) fn refuse(self, refusal: &Refusal) -> Reply {
        let error = match self {
            Self::LlamaCpp => llama_cpp::error(refusal),
            Self::OpenAi => openai::error(refusal),
            Self::Ollama => ollama::error(refusal),
        };
        reply::json(refusal.status, &error)
    }
}
