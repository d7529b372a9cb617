//! A closing bracket, end tag or `end` of a block that stands below the cursor already.
//!
//! Which block a closer belongs to is told by its indentation: the one that stands below at the
//! same or a greater one closes what the completion would close a second time.

use pounce_engine::Language;
use pounce_engine::nesting::{Change, Nesting};

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;
use crate::lines::{code_lines, columns, is_closer, numbered};

pub(super) const FILTER: Filter = Filter {
    name: "block-closer",
    reason: RejectionReason::BlockIsClosed,
    is_complete_if_empty: true,
    check,
};

fn check(draft: &Draft<'_>) -> Verdict {
    let place = draft.place;
    let closes_below = code_lines(place.below()).next().filter(|line| is_closer(line));
    let Some(below) = closes_below.filter(|_| place.rest_of_line().is_empty()) else {
        return Verdict::Keep;
    };
    let end = match below.trim_start().chars().next() {
        Some(closer @ (')' | ']' | '}')) => bracket(draft, below, closer),
        _ => word(draft, below),
    };
    let Some(end) = end else { return Verdict::Keep };
    let kept = draft.text[..end].trim_end();
    Verdict::cut(draft.text, kept.len())
}

/// Where the completion closes a bracket that it did not open, and that `below` closes.
fn bracket(draft: &Draft<'_>, below: &str, closer: char) -> Option<usize> {
    let place = draft.place;
    let mut nesting = Nesting::new(place.language);
    let are_all_closed = n_closed(draft) >= Nesting::near(place.prefix, place.language).depth();
    numbered(draft.text).find_map(|(offset, line)| {
        let indentation =
            if offset == 0 { columns(place.line_before()) + columns(line) } else { columns(line) };
        let is_outer = are_all_closed || columns(below) >= indentation;
        let content = line.trim_start();
        let closes = read_line(&mut nesting, line) && content.starts_with(closer);
        let begins_line = offset > 0 || place.line_before().trim().is_empty();
        (closes && is_outer && begins_line).then_some(offset)
    })
}

/// How many brackets the code below the cursor closes that it does not open.
fn n_closed(draft: &Draft<'_>) -> usize {
    let mut nesting = Nesting::new(draft.place.language);
    let below = draft.place.below();
    let (mut at, mut n_closed) = (0, 0);
    while at < below.len() {
        let (length, change) = nesting.step(&below[at..]);
        n_closed += usize::from(matches!(change, Change::Stray(_)));
        at += length;
    }
    n_closed
}

/// Reads a line. Returns whether it closes something that was not opened in the completion.
fn read_line(nesting: &mut Nesting, line: &str) -> bool {
    let mut at = 0;
    let mut is_stray = false;
    while at < line.len() {
        let (length, change) = nesting.step(&line[at..]);
        is_stray |= matches!(change, Change::Stray(_));
        at += length;
    }
    nesting.step("\n");
    is_stray
}

/// Where the completion's last lines are the words or tags that stand below.
fn word(draft: &Draft<'_>, below: &str) -> Option<usize> {
    let has_words = matches!(
        draft.place.language,
        Language::Ruby
            | Language::Shell
            | Language::Html
            | Language::JavaScript
            | Language::TypeScript
            | Language::Unknown
    );
    let (offset, line) = numbered(draft.text).filter(|(_, line)| !line.trim().is_empty()).last()?;
    let first = draft.text.split('\n').next()?;
    let before = draft.place.line_before();
    let opened_inside = !before.trim().is_empty() && !first.trim().is_empty();
    let is_deeper = opened_inside || columns(before) + columns(first) > columns(line);
    let is_same = line.trim() == below.trim() && (offset == 0 || columns(line) == columns(below));
    (has_words && is_same && (offset == 0 || is_deeper)).then_some(offset)
}
