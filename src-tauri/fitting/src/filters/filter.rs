//! [`Filter`]: a name, a reason for people, and the function that decides.

use pounce_engine::FinishReason;

use crate::place::Place;

/// A completion on its way through the filters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft<'a> {
    /// Where it goes.
    pub(super) place: &'a Place<'a>,
    /// What is left of it.
    pub(super) text: &'a str,
    /// Why the model ended it.
    pub(super) finish: FinishReason,
}

/// What a filter decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The filter's fault is not there.
    Keep,
    /// What fits; if that is blank, the completion is rejected with the filter's reason.
    Repair(String),
    /// Nothing of it is worth keeping, for this reason.
    Reject(&'static str),
    /// The place needs nothing, for this reason.
    Complete(&'static str),
}

impl Verdict {
    /// Keeps the first `length` bytes of `text`.
    pub(super) fn cut(text: &str, length: usize) -> Self {
        if length == text.len() { Self::Keep } else { Self::Repair(text[..length].to_owned()) }
    }

    /// Replaces `text` by `repaired`, if that is another.
    pub(super) fn repair(text: &str, repaired: String) -> Self {
        if repaired == text { Self::Keep } else { Self::Repair(repaired) }
    }
}

/// One kind of fault.
pub(super) struct Filter {
    /// Stable, in kebab case: settings, logs and JSON know it by this.
    pub(super) name: &'static str,
    /// Why nothing is left of a completion, one line for people.
    pub(super) reason: &'static str,
    /// Whether a completion of which nothing is left means that the place needs nothing.
    pub(super) is_complete_if_empty: bool,
    /// Pure, linear in the text, and idempotent.
    pub(super) check: fn(&Draft<'_>) -> Verdict,
}
