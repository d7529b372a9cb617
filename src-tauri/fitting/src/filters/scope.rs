//! Ends a completion where its mode does: a line at its end, a block where the indentation falls.
//! The engine stops local models there; servers may send more.

use pounce_engine::{Segments, StopCriteria};

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;

pub(super) const FILTER: Filter = Filter {
    name: "scope",
    reason: RejectionReason::OutOfScope,
    is_complete_if_empty: false,
    check,
};

fn check(draft: &Draft<'_>) -> Verdict {
    let cursor_line =
        Segments { prefix: draft.place.line_before().to_owned(), suffix: String::new() };
    let criteria = StopCriteria::new(draft.place.mode, &cursor_line);
    Verdict::cut(draft.text, criteria.end_of(draft.text).unwrap_or(draft.text.len()))
}
