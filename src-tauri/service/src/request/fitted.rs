//! [`fitted`]: what fits the code around the cursor of an answer that no model has just written: one
//! from the cache, or copied from the snippet.

use pounce_engine::{FinishReason, Prompt};
use pounce_fitting::{Fitted, Place, fit};

use super::completion::{Completion, Reason};

/// The answer with what fits of its text. If nothing does because the place needs nothing, the text
/// is empty, and the reasons say why.
///
/// # Errors
/// The reason, if another source may have something that fits.
pub(crate) fn fitted(answer: Completion, prompt: &Prompt) -> Result<Completion, Reason> {
    let finish = answer.finish.unwrap_or(FinishReason::Stop);
    let Fitted { text, applied, rejected } = fit(&Place::from(prompt), &answer.text, finish);
    let Some(rejection) = rejected else { return Ok(Completion { text, applied, ..answer }) };
    let reason = Reason::Rejected(answer.source.clone(), rejection);
    if !rejection.is_complete {
        return Err(reason);
    }
    let mut complete = Completion { text, applied, ..answer };
    complete.reasons.push(reason);
    Ok(complete)
}
