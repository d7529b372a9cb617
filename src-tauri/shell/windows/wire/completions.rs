//! [`CompletionInfo`]: one of the last completions, for the window that lists them. It holds code, and goes to no other.

use pounce_service::confidence::Level;
use pounce_service::units::unix_ms;
use serde::Serialize;

use crate::request::completions::completed::Completed;

/// An element of the answer to `query_history`, newest first.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct CompletionInfo {
    /// The number of its request, by which it is copied.
    pub(crate) id: u64,
    /// When it was delivered.
    pub(crate) at_ms: u64,
    /// The name of the snippet's language.
    pub(crate) language: String,
    /// How sure it is; `None` if its source does not tell.
    pub(crate) level: Option<Level>,
    /// The end of the snippet.
    pub(crate) snippet: String,
    /// The completion.
    pub(crate) text: String,
}

/// A completion as the window lists it.
pub(crate) fn completion_info(completed: &Completed) -> CompletionInfo {
    CompletionInfo {
        id: completed.id,
        at_ms: unix_ms(completed.at),
        language: completed.language.name().to_owned(),
        level: completed.level,
        snippet: completed.snippet.clone(),
        text: completed.text.clone(),
    }
}
