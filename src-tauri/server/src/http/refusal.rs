//! [`Refusal`]: why a request is not answered. Each protocol writes it in its own form.

use hyper::StatusCode;

/// The client has closed the request, as nginx and Ollama number it. OpenAI's clients do not send
/// such a request again, which would cancel the one that took its place.
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// The longest message, in characters: it may quote what the client sent.
const MAX_MESSAGE: usize = 300;

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The field that is to blame; `None` if it is none of them.
    pub(crate) field: Option<String>,
    /// What is wrong and what to do, for people.
    pub(crate) message: String,
}

impl Refusal {
    /// A refusal that no field is to blame for.
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, field: None, message: one_line(&message.into()) }
    }

    /// The refusal of what a field holds.
    pub(crate) fn of_field(field: &str, problem: impl std::fmt::Display) -> Self {
        let message = one_line(&format!("`{field}` {problem}"));
        Self { status: StatusCode::BAD_REQUEST, field: Some(field.to_owned()), message }
    }

    /// The service cannot answer now, but may in a moment.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// The request was cancelled before it was answered.
    pub(crate) fn cancelled(message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(CLIENT_CLOSED_REQUEST).expect("499 is three digits");
        Self::new(status, message)
    }
}

fn one_line(message: &str) -> String {
    message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_MESSAGE).collect()
}
