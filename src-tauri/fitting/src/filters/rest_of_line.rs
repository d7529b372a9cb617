//! Cuts what repeats the code after the cursor on its line, and closes brackets that the completion
//! left open before that code. [`RestOfLine`] explains how both are found.

use pounce_engine::RestOfLine;
use pounce_engine::nesting::is_name;

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;
use crate::place::Place;

pub(super) const FILTER: Filter = Filter {
    name: "rest-of-line",
    reason: RejectionReason::LineGoesOn,
    is_complete_if_empty: true,
    check,
};

fn check(draft: &Draft<'_>) -> Verdict {
    let Place { prefix, suffix, language, .. } = *draft.place;
    let Some(rest) = RestOfLine::of(prefix, suffix, language) else { return Verdict::Keep };
    if draft.place.is_inside_word() {
        return inside_word(draft);
    }
    if draft.text.trim_start_matches([' ', '\t']).starts_with('\n') {
        return Verdict::Reject(RejectionReason::NewLineBeforeRest);
    }
    let fitted = rest.finish(draft.text);
    // Marks that run together with those that were added are another text than was meant.
    let is_stable = rest.finish(&fitted) == fitted;
    if is_stable {
        Verdict::repair(draft.text, fitted)
    } else {
        Verdict::Reject(RejectionReason::LeftOpen)
    }
}

/// A completion inside a word has to lead up to the word's rest: `for ord‹cursor›ers:` may become
/// `for order in ord‹cursor›ers:`. Nearly always nothing is missing.
fn inside_word(draft: &Draft<'_>) -> Verdict {
    let rest = draft.place.rest_of_line();
    let leads_up = draft.text.strip_suffix(rest).unwrap_or(draft.text);
    let word_before = draft.place.word_before();
    let is_whole_word =
        leads_up.strip_suffix(word_before).is_some_and(|text| text.ends_with(|c| !is_name(c)));
    if is_whole_word {
        Verdict::repair(draft.text, leads_up.to_owned())
    } else {
        Verdict::Complete(RejectionReason::WordGoesOn)
    }
}
