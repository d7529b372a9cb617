//! A completion that repeats the line above the cursor.

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;
use crate::lines::{code_lines, n_letters, same_code};

pub(super) const FILTER: Filter = Filter {
    name: "line-above",
    reason: RejectionReason::LineAbove,
    is_complete_if_empty: false,
    check,
};

/// Shorter lines are often there twice on purpose.
const MIN_LETTERS: usize = 8;
/// The same for an entry of a list (`- pears`).
const MIN_ENTRY_LETTERS: usize = 2;

fn check(draft: &Draft<'_>) -> Verdict {
    let place = draft.place;
    if !place.rest_of_line().is_empty() {
        return Verdict::Keep;
    }
    let Some(first) = code_lines(draft.text).next() else { return Verdict::Keep };
    let is_new_line = draft.text.starts_with('\n');
    let (line, above) = if is_new_line {
        (first.to_owned(), place.prefix)
    } else {
        (format!("{}{first}", place.line_before()), place.above())
    };
    let Some(above) = code_lines(above).next_back() else { return Verdict::Keep };
    let is_entry = ["- ", "* "].iter().any(|mark| line.trim_start().starts_with(mark));
    let min_letters = if is_entry { MIN_ENTRY_LETTERS } else { MIN_LETTERS };
    let is_same = n_letters(&line) >= min_letters && same_code(&line, above);
    if is_same { Verdict::Reject(FILTER.reason) } else { Verdict::Keep }
}
