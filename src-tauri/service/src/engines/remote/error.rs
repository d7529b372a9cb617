//! Why a server did not complete. Nothing of what it sent is quoted: it may have quoted the code.

use crate::settings::RemoteKind;
use pounce_models::http::HttpError;

/// Why a server did not complete, with the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// It was not asked: its entry is wrong.
    #[error("{0}")]
    Entry(String),
    /// There was no connection, or it broke.
    #[error("{0}; is the server running, and its address right?")]
    Http(#[from] HttpError),
    /// The key is missing or wrong.
    #[error("{host} wants another key ({status}): set it with `pounce remote key {id}`")]
    Key {
        /// The server that was asked.
        host: String,
        /// 401 or 403.
        status: u16,
        /// The engine's id.
        id: String,
    },
    /// The server has no such model, or no such address.
    #[error("{host} has no {what} (404): check the engine's address, kind and model")]
    NotFound {
        /// The server that was asked.
        host: String,
        /// The model's name and the path.
        what: String,
    },
    /// The server is overloaded.
    #[error("{host} has too much to do ({status}): it is asked again later")]
    Busy {
        /// The server that was asked.
        host: String,
        /// 429 or 503.
        status: u16,
    },
    /// The server refused the request itself.
    #[error("{host} refuses the request ({status}): {}", check_kind(*kind))]
    Refused {
        /// The server that was asked.
        host: String,
        /// The status code.
        status: u16,
        /// The engine's kind.
        kind: RemoteKind,
    },
    /// The server still reads a prompt that was given up, or loads its model.
    #[error(
        "{host} is still busy with what it was asked before: it is asked again once it answers"
    )]
    Occupied {
        /// The server that was asked.
        host: String,
    },
    /// The server answers without a word.
    #[error("{host} answers, but completes nothing: {}", check_kind(*kind))]
    Empty {
        /// The server that was asked.
        host: String,
        /// The engine's kind.
        kind: RemoteKind,
    },
    /// The server failed.
    #[error("{host} failed ({status}): look at its log; {}", check_kind(*kind))]
    Failed {
        /// The server that was asked.
        host: String,
        /// The status code; 200 where it failed in the middle of the answer.
        status: u16,
        /// The engine's kind.
        kind: RemoteKind,
    },
    /// The server keeps sending, and never ends its answer.
    #[error("{host} does not come to an end: look at its log")]
    Endless {
        /// The server that was asked.
        host: String,
    },
    /// The answer is no completion.
    #[error("{host} sent no completion but {what}: {}", check_kind(*kind))]
    Malformed {
        /// The server that was asked.
        host: String,
        /// What came instead.
        what: &'static str,
        /// The engine's kind.
        kind: RemoteKind,
    },
}

/// Advice where a server does not complete: each kind takes the code after the cursor in another way.
fn check_kind(kind: RemoteKind) -> String {
    let others = match kind {
        RemoteKind::Openai => {
            " llama.cpp's takes `llama-cpp`, vLLM and LM Studio take `fim`, and a model that cannot \
             insert takes `plain`"
        }
        RemoteKind::LlamaCpp => " a model without fill-in-the-middle takes `plain`",
        RemoteKind::Fim | RemoteKind::Plain => "",
    };
    format!("is `{kind}` the right kind for this server, and does it want a model's name?{others}")
}
