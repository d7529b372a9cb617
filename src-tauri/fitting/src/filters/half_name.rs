//! Finishes a name that is half written at the cursor, where the model leads it to a name that
//! nothing else has.

use super::filter::{Draft, Filter, Verdict};
use crate::half_name::finish_name;

pub(super) const FILTER: Filter =
    Filter { name: "half-name", reason: "the name is complete", is_complete_if_empty: true, check };

fn check(draft: &Draft<'_>) -> Verdict {
    match finish_name(draft.place, draft.text) {
        Some(finished) => Verdict::repair(draft.text, finished),
        None => Verdict::Keep,
    }
}
