//! A block that runs into the code below the cursor ends before it.

use super::filter::{Draft, Filter, Verdict};
use super::indentation::opens_block;
use super::rejection_reason::RejectionReason;
use crate::definitions::definition;
use crate::lines::{code_lines, columns, is_closer, n_letters, numbered, same_code};

pub(super) const FILTER: Filter = Filter {
    name: "code-below",
    reason: RejectionReason::CodeBelow,
    is_complete_if_empty: true,
    check,
};

/// Lines below among which a completion's line is looked for: models leave one or two out.
const N_BELOW: usize = 3;
/// Lines with fewer letters (`else:`, `pass`) say little about where they belong.
const MIN_LETTERS: usize = 5;

fn check(draft: &Draft<'_>) -> Verdict {
    let below: Vec<&str> = going_on(draft.place.below()).take(N_BELOW).collect();
    if below.is_empty() {
        return Verdict::Keep;
    }
    let begins_at_margin = draft.place.line_before().trim().is_empty();
    let meets = numbered(draft.text)
        .filter(|(offset, line)| (*offset > 0 || begins_at_margin) && !line.trim().is_empty())
        .find(|(_, line)| stands_below(line, &below));
    let Some((offset, _)) = meets else { return Verdict::Keep };
    let length = draft.text[..offset].trim_end().len();
    // Below a header something is missing.
    if length == 0 && opens_block(draft.place) {
        return Verdict::Reject(FILTER.reason);
    }
    Verdict::cut(draft.text, length)
}

/// The lines of code with which the cursor's block and those around it go on, without closers. What is
/// inside a block below is another's, and may well be alike.
fn going_on(below: &str) -> impl Iterator<Item = &str> {
    let mut lowest = usize::MAX;
    let lines = code_lines(below).take_while(move |line| {
        let goes_on = columns(line) <= lowest;
        lowest = lowest.min(columns(line));
        goes_on
    });
    lines.filter(|line| !is_closer(line))
}

fn stands_below(line: &str, below: &[&str]) -> bool {
    if n_letters(line) < MIN_LETTERS {
        return line.trim() == below[0].trim() && !is_closer(line) && line.trim().len() > 3;
    }
    below.iter().any(|stands| same_code(line, stands) || is_same_head(line, stands))
}

/// Whether both lines begin the definition of the same name: `def pop(self):`, `def pop(self, i):`.
fn is_same_head(a: &str, b: &str) -> bool {
    definition(a).is_some_and(|name| definition(b) == Some(name))
}
