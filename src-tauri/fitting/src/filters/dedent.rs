//! A first line whose indentation fits no block. Python refuses it: the line above is of no block that
//! it could go on with.

use pounce_engine::Language;
use pounce_engine::nesting::Nesting;

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;
use crate::lines::{code_lines, columns};
use crate::place::Place;

pub(super) const FILTER: Filter = Filter {
    name: "dedent",
    reason: RejectionReason::FitsNoBlock,
    is_complete_if_empty: false,
    check,
};

fn check(draft: &Draft<'_>) -> Verdict {
    let place = draft.place;
    let Some(found) = first_columns(place, draft.text) else { return Verdict::Keep };
    let above = place.above_completion();
    let is_inside = Nesting::near(above, place.language).depth() > 0;
    if place.language != Language::Python || is_inside || fits(above, found) {
        return Verdict::Keep;
    }
    Verdict::Reject(FILTER.reason)
}

/// The columns of the completion's first line of code, if that begins a line.
fn first_columns(place: &Place<'_>, text: &str) -> Option<usize> {
    let line = place.line_before();
    let begins_line = text.trim_start_matches([' ', '\t']).starts_with('\n');
    match (begins_line, line.trim().is_empty()) {
        (true, _) => code_lines(text).next().map(columns),
        // Blanks before the cursor are the user's own.
        (false, true) if line.is_empty() || text.starts_with([' ', '\t']) => {
            Some(columns(&format!("{line}{text}")))
        }
        (false, _) => None,
    }
}

/// Whether a line at `found` columns goes on with a block that is open after `above`, or opens one
/// below a header. Anything goes after a comment or a backslash, and where the first line was copied
/// without its indentation.
fn fits(above: &str, found: usize) -> bool {
    let Some(last) = code_lines(above).next_back() else { return true };
    let is_free = last.trim_start().starts_with('#') || last.ends_with('\\');
    let opens = last.trim_end().ends_with(':') && found > columns(last);
    is_free || opens || is_ragged(above) || levels(above).any(|level| level == found)
}

/// Whether the second line is deeper than a block below the first one.
fn is_ragged(above: &str) -> bool {
    const STEP: usize = 4;
    let mut lines = code_lines(above).map(columns);
    let (first, second) = (lines.next().unwrap_or(0), lines.next().unwrap_or(0));
    second > first + STEP
}

/// The columns of the blocks that are open after `above`, the innermost first.
fn levels(above: &str) -> impl Iterator<Item = usize> {
    let mut innermost = usize::MAX;
    code_lines(above).rev().map(columns).filter(move |columns| {
        let is_outer = *columns < innermost;
        innermost = innermost.min(*columns);
        is_outer
    })
}
