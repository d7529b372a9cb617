//! Filters: what a model wrote becomes what fits the place, or is rejected with a reason.
//!
//! Each filter is a pure function in a file of its own, with golden cases in `cases/`, and knows
//! one kind of fault. It keeps a completion, repairs it, or rejects it. They run in the order of
//! [`FILTERS`]: first what is no code at all, then what ends the completion, then what stands
//! there already, last the looks.

mod block_closer;
mod characters;
mod chatter;
mod code_below;
mod complete_line;
mod dedent;
mod endless_row;
mod filter;
mod half_name;
mod indentation;
mod line_above;
mod next_line;
mod rejection_reason;
mod rest_of_line;
mod scope;
mod syntax_errors;
mod trailing_blanks;
mod written_twice;

use std::borrow::Cow;

use pounce_engine::FinishReason;

pub use characters::MAX_BYTES as MAX_COMPLETION_BYTES;
pub use rejection_reason::RejectionReason;

use crate::place::Place;
use filter::{Draft, Filter, Verdict};

/// In the order in which they run.
const FILTERS: &[Filter] = &[
    characters::FILTER,
    chatter::FILTER,
    half_name::FILTER,
    scope::FILTER,
    complete_line::FILTER,
    rest_of_line::FILTER,
    next_line::FILTER,
    line_above::FILTER,
    code_below::FILTER,
    block_closer::FILTER,
    written_twice::FILTER,
    endless_row::FILTER,
    indentation::FILTER,
    dedent::FILTER,
    syntax_errors::FILTER,
    trailing_blanks::FILTER,
];

/// A completion after all filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitted {
    /// What fits; empty if it was rejected.
    pub text: String,
    /// The filters that changed the text, in the order in which they did.
    pub applied: Vec<&'static str>,
    /// Why nothing is left.
    pub rejected: Option<Rejection>,
}

/// Why a completion is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// The filter's name, which is stable: `rest-of-line`.
    pub filter: &'static str,
    /// The reason.
    pub reason: RejectionReason,
    /// Whether the place needs nothing: other candidates and fallbacks would be as wrong.
    pub is_complete: bool,
}

/// Fits `completion` to the place, given why the model ended it.
///
/// ```
/// use pounce_engine::{FinishReason, Language, Mode};
/// use pounce_fitting::{Place, fit};
///
/// let place = Place { prefix: "print(", suffix: ")\n", language: Language::Python, mode: Mode::Line };
/// let fitted = fit(&place, "name)", FinishReason::Stop);
/// assert_eq!(fitted.text, "name");
/// assert_eq!(fitted.applied, ["rest-of-line"]);
/// ```
pub fn fit(place: &Place<'_>, completion: &str, finish: FinishReason) -> Fitted {
    let mut text = Cow::Borrowed(completion);
    let mut applied = Vec::new();
    for filter in FILTERS {
        let verdict = (filter.check)(&Draft { place, text: &text, finish });
        match verdict {
            Verdict::Keep => {}
            // Nothing is no fault.
            Verdict::Repair(repaired) if is_blank(&text) && is_blank(&repaired) => {}
            Verdict::Reject(_) if is_blank(&text) => {}
            Verdict::Repair(repaired) if is_blank(&repaired) => {
                return rejected(filter, filter.reason, filter.is_complete_if_empty, applied);
            }
            Verdict::Repair(repaired) => {
                text = Cow::Owned(repaired);
                applied.push(filter.name);
            }
            Verdict::Reject(reason) => return rejected(filter, reason, false, applied),
            Verdict::Complete(reason) => return rejected(filter, reason, true, applied),
        }
    }
    let text = if is_blank(&text) { String::new() } else { text.into_owned() };
    Fitted { text, applied, rejected: None }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn rejected(
    filter: &Filter,
    reason: RejectionReason,
    is_complete: bool,
    applied: Vec<&'static str>,
) -> Fitted {
    let rejection = Rejection { filter: filter.name, reason, is_complete };
    Fitted { text: String::new(), applied, rejected: Some(rejection) }
}

#[cfg(test)]
mod tests;
