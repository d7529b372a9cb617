//! A completion that breaks the code: it parses before, and does not after.
//!
//! The completion is cut to the lines, or to the part before a bracket that closes nothing, that
//! add no error. Languages without a grammar are left alone, and so is code that does not parse
//! without the completion either.

use pounce_engine::nesting::{Change, Nesting};

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;
use crate::lines::numbered;
use crate::place::Place;
use crate::syntax::Window;

pub(super) const FILTER: Filter = Filter {
    name: "syntax-errors",
    reason: RejectionReason::BreaksSyntax,
    is_complete_if_empty: false,
    check,
};

/// Shorter versions of a completion that are tried; each costs a parse.
const MAX_CUTS: usize = 4;

fn check(draft: &Draft<'_>) -> Verdict {
    let breaks = Breaks::new(draft.place);
    let is_text = Nesting::near(draft.place.prefix, draft.place.language).is_in_text();
    if is_text || !breaks.is_broken_by(draft.text) {
        return Verdict::Keep;
    }
    let ends = stray_bracket(draft).into_iter().chain(line_ends(draft.text)).take(MAX_CUTS);
    let shorter = ends.map(|end| draft.text[..end].trim_end()).filter(|text| !text.is_empty());
    match shorter.into_iter().find(|text| !breaks.is_broken_by(text)) {
        Some(text) => Verdict::cut(draft.text, text.len()),
        None => Verdict::Reject(FILTER.reason),
    }
}

/// Compares the errors with and without a completion.
struct Breaks<'a> {
    place: &'a Place<'a>,
    window: Window<'a>,
}

impl<'a> Breaks<'a> {
    fn new(place: &'a Place<'a>) -> Self {
        Self { place, window: Window::around(place.prefix, place.suffix) }
    }

    /// Whether `text` brings errors into code that has none, and the code after the cursor does not
    /// mend them. Code that is cut off somewhere has errors of its own, which tell nothing.
    fn is_broken_by(&self, text: &str) -> bool {
        let language = self.place.language;
        let has_errors = |n_errors: Option<usize>| n_errors.is_some_and(|n| n > 0);
        has_errors(self.window.n_errors_before(text, language))
            && self.window.n_errors_before("", language) == Some(0)
            && (!self.window.has_code_after() || has_errors(self.window.n_errors(text, language)))
    }
}

/// Where a bracket is closed that nothing before it opened.
fn stray_bracket(draft: &Draft<'_>) -> Option<usize> {
    let mut nesting = Nesting::near(draft.place.prefix, draft.place.language);
    let mut at = 0;
    while at < draft.text.len() {
        let (length, change) = nesting.step(&draft.text[at..]);
        if matches!(change, Change::Stray(_)) {
            return Some(at);
        }
        at += length;
    }
    None
}

/// The ends of all lines but the last, the last of them first.
fn line_ends(text: &str) -> Vec<usize> {
    let mut ends: Vec<usize> = numbered(text).map(|(offset, _)| offset).skip(1).collect();
    ends.reverse();
    ends
}
