//! White space at the end of a completion: blank lines after a block, blanks at the end of a line.
//! Blanks before more code on the line stay, because they separate the two.

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;

pub(super) const FILTER: Filter = Filter {
    name: "trailing-blanks",
    reason: RejectionReason::OnlyBlanks,
    is_complete_if_empty: false,
    check,
};

fn check(draft: &Draft<'_>) -> Verdict {
    let text = draft.text;
    let rest = draft.place.rest_of_line();
    let separates = !rest.is_empty() && !rest.starts_with([' ', '\t']);
    if text.trim().is_empty() {
        Verdict::Reject(FILTER.reason)
    } else if separates {
        Verdict::cut(text, text.trim_end_matches('\n').len())
    } else {
        Verdict::repair(text, without_blanks(text))
    }
}

fn without_blanks(text: &str) -> String {
    let text = text.trim_end();
    let has_blanks = text.contains(" \n") || text.contains("\t\n");
    if !has_blanks {
        return text.to_owned();
    }
    let lines: Vec<&str> =
        text.split('\n').map(|line| line.trim_end_matches([' ', '\t'])).collect();
    lines.join("\n")
}
