//! [`AttemptResult`]: how asking one model ended.

use crate::request::completion::{Completion, Reason};

/// What asking one model came to.
pub(super) enum AttemptResult {
    Answer(Box<Completion>),
    /// Another model or a fallback has to answer.
    Next,
    /// The request was cancelled.
    Cancelled(Reason),
}
