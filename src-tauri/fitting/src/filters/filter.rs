//! [`Filter`]: a name, a reason to show, and the function that decides.

use pounce_engine::FinishReason;

use super::rejection_reason::RejectionReason;
use crate::place::Place;

/// A completion between two filters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft<'a> {
    /// The code around the cursor.
    pub(super) place: &'a Place<'a>,
    /// The text that earlier filters left.
    pub(super) text: &'a str,
    /// Why the model stopped.
    pub(super) finish: FinishReason,
}

/// What a filter decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The completion does not have the fault.
    Keep,
    /// The repaired text; if it is blank, the completion is rejected with the filter's reason.
    Repair(String),
    /// The completion is useless, for this reason.
    Reject(RejectionReason),
    /// The code at the cursor needs no completion, for this reason.
    Complete(RejectionReason),
}

impl Verdict {
    /// Keeps the first `length` bytes of `text`.
    pub(super) fn cut(text: &str, length: usize) -> Self {
        if length == text.len() { Self::Keep } else { Self::Repair(text[..length].to_owned()) }
    }

    /// Replaces `text` by `repaired`, if they differ.
    pub(super) fn repair(text: &str, repaired: String) -> Self {
        if repaired == text { Self::Keep } else { Self::Repair(repaired) }
    }
}

/// Looks for one kind of fault in completions.
pub(super) struct Filter {
    /// Stable, in kebab case: settings, logs and JSON know it by this.
    pub(super) name: &'static str,
    /// Why nothing is left of a completion.
    pub(super) reason: RejectionReason,
    /// Whether a completion of which nothing is left means that the place needs nothing.
    pub(super) is_complete_if_empty: bool,
    /// Pure, linear in the text, and idempotent.
    pub(super) check: fn(&Draft<'_>) -> Verdict,
}
