//! Why a server did not complete. Nothing of what it sent is quoted: it may have quoted the code.

use crate::http::HttpError;

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
        /// Who was asked.
        host: String,
        /// 401 or 403.
        status: u16,
        /// The engine's id.
        id: String,
    },
    /// The server has no such model, or no such address.
    #[error("{host} has no {what} (404): check the engine's address, kind and model")]
    NotFound {
        /// Who was asked.
        host: String,
        /// The model's name and the path.
        what: String,
    },
    /// The server has too much to do.
    #[error("{host} has too much to do ({status}): it is asked again later")]
    Busy {
        /// Who was asked.
        host: String,
        /// 429 or 503.
        status: u16,
    },
    /// The server refused the request itself.
    #[error("{host} refuses the request ({status}): is `{kind}` the right kind for this server?")]
    Refused {
        /// Who was asked.
        host: String,
        /// The status code.
        status: u16,
        /// The engine's kind.
        kind: &'static str,
    },
    /// The server failed.
    #[error("{host} failed ({status}): look at its log")]
    Failed {
        /// Who was asked.
        host: String,
        /// The status code; 200 where it failed in the middle of the answer.
        status: u16,
    },
    /// The answer is no completion.
    #[error("{host} sent no completion but {what}: is `{kind}` the right kind for this server?")]
    Malformed {
        /// Who was asked.
        host: String,
        /// What came instead, in words of ours.
        what: &'static str,
        /// The engine's kind.
        kind: &'static str,
    },
}
