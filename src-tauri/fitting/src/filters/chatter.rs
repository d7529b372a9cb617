//! What models and servers send that is no code: thoughts, fences and the prose around them, the
//! prompt once more, special tokens.

mod echo;
mod fence;
mod special_tokens;
mod thinking;

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;
use crate::place::Place;

pub(super) const FILTER: Filter = Filter {
    name: "chatter",
    reason: RejectionReason::NotCode,
    is_complete_if_empty: false,
    check,
};

/// One step: the part of a text that is code, or the text as it is.
type Step = for<'a> fn(&Place<'_>, &'a str) -> &'a str;

/// Thoughts may quote fences, fences may hold the prompt.
const STEPS: [Step; 5] = [
    thinking::without_thoughts,
    special_tokens::without_tokens,
    fence::code_of,
    fence::without_prose,
    echo::without_prompt,
];

/// Passes after which a text that still shrinks is one of nothing else.
const MAX_PASSES: usize = 8;

fn check(draft: &Draft<'_>) -> Verdict {
    let mut code = draft.text;
    for _ in 0..MAX_PASSES {
        let shorter = STEPS.iter().fold(code, |text, step| step(draft.place, text));
        if shorter.len() == code.len() {
            return Verdict::repair(draft.text, code.to_owned());
        }
        code = shorter;
    }
    Verdict::Reject(FILTER.reason)
}
