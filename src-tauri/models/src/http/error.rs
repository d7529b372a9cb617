//! [`HttpError`]: why a request has no reply.

use std::error::Error;

use reqwest::Url;

use super::address::host;

/// Why a request has no reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The address cannot be used.
    #[error("{url:?} is no address of HTTP")]
    Address {
        /// The address without user name and password.
        url: String,
    },
    /// No connection was made, or the server did not answer in time.
    #[error("cannot reach {host}: {reason}")]
    Unreachable {
        /// Host and port that were asked.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The connection ended before the reply did.
    #[error("the connection to {host} broke: {reason}")]
    Broken {
        /// Host and port that were asked.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// More redirects than are followed, or one to where no key or code may go.
    #[error("{host} redirects to {to:?}, which is not followed")]
    Redirect {
        /// Host and port that were asked.
        host: String,
        /// The target without its query.
        to: String,
    },
    /// TLS could not be set up on this machine.
    #[error("secure connections cannot be set up: {0}")]
    Setup(String),
}

impl HttpError {
    /// The failure of a request to `url`.
    pub(super) fn of_request(url: &Url, error: reqwest::Error) -> Self {
        let host = host(url);
        if error.is_connect() || error.is_timeout() {
            Self::Unreachable { host, reason: reason(error) }
        } else {
            Self::Broken { host, reason: reason(error) }
        }
    }
}

/// The first line of the innermost cause, which is what the system said.
pub(super) fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "it does not answer in time".to_owned();
    }
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
