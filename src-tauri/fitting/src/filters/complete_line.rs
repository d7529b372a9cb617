//! A completion that continues a line which is complete: it ends with a number, a
//! string, a bracket or a semicolon, everything opened is closed, and the code around parses as it
//! stands. A name at the end of the line may be half a name, so such lines do not count. To go on
//! is also to begin the next line with an operator, or with code that leaves the block.

use pounce_engine::nesting::{Nesting, is_name};

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;
use crate::lines::{code_lines, columns};
use crate::place::Place;
use crate::syntax;

pub(super) const FILTER: Filter = Filter {
    name: "complete-line",
    reason: RejectionReason::LineIsComplete,
    is_complete_if_empty: true,
    check,
};

fn check(draft: &Draft<'_>) -> Verdict {
    let is_new_line = draft.text.trim_start_matches([' ', '\t']).starts_with('\n');
    let goes_on = !is_new_line || begins_with_operator(draft.text) || leaves_block(draft);
    if is_whole_data(draft.place.prefix) {
        return Verdict::Complete(RejectionReason::DataIsComplete);
    }
    if goes_on && !is_chain(draft.text) && is_complete(draft.place, draft.text) {
        return Verdict::Complete(FILTER.reason);
    }
    Verdict::Keep
}

/// Whether the first line of `text` goes on with an operator between two values: `+ 1`, `and b`.
fn begins_with_operator(text: &str) -> bool {
    const OPERATORS: [&str; 14] =
        ["+", "-", "*", "/", "%", "|", "&", "^", "&&", "||", "==", "<<", "and", "or"];
    text.split_whitespace().next().is_some_and(|word| OPERATORS.contains(&word))
}

/// Whether `text` begins with a line outside of the cursor's block, where code follows already.
fn leaves_block(draft: &Draft<'_>) -> bool {
    let first = code_lines(draft.text).next().unwrap_or_default();
    !draft.place.below().trim().is_empty() && columns(first) < columns(draft.place.line_before())
}

/// Whether `text` takes what is before it further: `.len()`, `?`, a block, a comment on the line.
fn is_chain(text: &str) -> bool {
    let text = text.trim_start();
    let is_fraction = text.starts_with('.') && text[1..].starts_with(|c: char| c.is_numeric());
    !is_fraction
        && ["?", ".", "->", "=>", ":", "{", "#", "//", "/*", "--"]
            .iter()
            .any(|sign| text.starts_with(sign))
}

fn is_complete(place: &Place<'_>, text: &str) -> bool {
    let line = place.line_before();
    let Some(last) = line.chars().next_back() else { return false };
    if last.is_whitespace() || !place.rest_of_line().is_empty() || !is_closed(place) {
        return false;
    }
    let ends = match last {
        ';' => true,
        ')' | ']' | '}' | '"' | '\'' | '`' => !place.below().trim().is_empty(),
        _ => ends_with_operand(line) && !text.starts_with(is_name),
    };
    ends && parses(place)
}

/// Whether no bracket or string is open that the cursor's line opened.
fn is_closed(place: &Place<'_>) -> bool {
    Nesting::after(place.line_before(), place.language).depth() == 0
}

/// Whether the line ends with a number that an operator or `return` stands before.
fn ends_with_operand(line: &str) -> bool {
    let before = line.trim_end_matches(is_name);
    let operand = &line[before.len()..];
    let is_number = operand.chars().all(|c| c.is_ascii_digit()) && !before.ends_with('.');
    is_number && before.trim_end().ends_with(['+', '-', '*', '/', '%', '=', '<', '>'])
}

/// Whether `text` is one value that begins with a bracket: JSON, for example.
fn is_whole_data(text: &str) -> bool {
    let mut nesting = Nesting::new(pounce_engine::Language::Unknown);
    let text = text.trim();
    let mut at = 0;
    while at < text.len() {
        at += nesting.step(&text[at..]).0;
        if nesting.depth() == 0 && at < text.len() {
            return false;
        }
    }
    text.starts_with(['{', '[']) && nesting.depth() == 0
}

fn parses(place: &Place<'_>) -> bool {
    let window = syntax::Window::around(place.prefix, place.suffix);
    window.n_errors("", place.language) == Some(0)
}
