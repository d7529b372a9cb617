//! [`Answer`]: what the service had for a client, as every protocol reports it.

use pounce_engine::FinishReason;
use pounce_service::{Completion, Reason};

use super::cut::{Cut, CutBy, CutText};
use super::line_ends::LineEnds;
use crate::http::refusal::Refusal;

/// What the service had for a client.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The service's answer.
    pub(crate) completion: Completion,
    /// As many texts as were asked for, the best first. Where the model has fewer, the best stands
    /// for the others, as it does on a server that takes the likeliest token.
    pub(crate) choices: Vec<Choice>,
}

/// One text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub(crate) text: String,
    /// The natural logarithm of the text's probability; `None` if it is not known, or the text was
    /// cut.
    pub(crate) log_prob: Option<f32>,
    pub(crate) ending: Ending,
}

/// Why a text ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It is whole.
    Whole,
    /// The limit of tokens, of time or of indentation was reached.
    Limit,
    /// This stop string came next.
    Stop(String),
}

impl Answer {
    /// The answer of a completion, or why there is none.
    ///
    /// # Errors
    /// A refusal if the completion was cancelled, or is empty because something is wrong.
    pub(crate) fn new(
        completion: Completion,
        cut: &Cut,
        line_ends: LineEnds,
        n: usize,
    ) -> Result<Self, Refusal> {
        if let Some(refusal) = refusal(&completion) {
            return Err(refusal);
        }
        let others = completion.alternatives.iter().map(|other| (other.text.clone(), None));
        let best = (completion.text.clone(), completion.log_prob);
        let texts: Vec<_> = [best.clone()].into_iter().chain(others).take(n).collect();
        let missing = n.saturating_sub(texts.len());
        let texts = texts.into_iter().chain(std::iter::repeat_n(best, missing));
        let is_limited = is_limited(&completion);
        let choice = |(text, log_prob): (String, Option<f32>)| {
            let cut = cut.apply(&text);
            let cut = CutText { text: line_ends.restore(cut.text), ..cut };
            Choice::new(cut, log_prob, is_limited)
        };
        Ok(Self { choices: texts.map(choice).collect(), completion })
    }
}

impl Choice {
    fn new(CutText { text, by }: CutText, log_prob: Option<f32>, is_limited: bool) -> Self {
        let log_prob = log_prob.filter(|_| by.is_none());
        let ending = match by {
            Some(CutBy::Stop(stop)) => Ending::Stop(stop),
            Some(CutBy::Indent) => Ending::Limit,
            None if is_limited => Ending::Limit,
            None => Ending::Whole,
        };
        Self { text, log_prob, ending }
    }
}

/// Whether tokens or time ended the text.
fn is_limited(completion: &Completion) -> bool {
    use Reason::{DeadlineMissed, NoUsefulBoundary};
    let is_late = |reason: &Reason| matches!(reason, DeadlineMissed(_) | NoUsefulBoundary(_));
    completion.is_partial
        || completion.finish == Some(FinishReason::Length)
        || completion.reasons.iter().any(is_late)
}

/// Why a completion is no answer; `None` if it is one, even if there is nothing to add.
fn refusal(completion: &Completion) -> Option<Refusal> {
    // Without a model that was asked, whatever kept it from being asked is the reason.
    let was_asked = completion.reasons.iter().any(|reason| matches!(reason, Reason::Chose(..)));
    let is_skip = |reason: &Reason| !was_asked && matches!(reason, Reason::Skipped(..));
    let mut reasons = completion.reasons.iter();
    let reason = reasons.find(|reason| is_fault(reason) || is_skip(reason))?;
    let message = reason.to_string();
    match reason {
        Reason::Superseded | Reason::Cancelled => Some(Refusal::cancelled(message)),
        Reason::ShuttingDown | Reason::QueueFull { .. } => Some(Refusal::unavailable(message)),
        // Whatever went wrong, another source may have answered.
        _ if !completion.text.is_empty() => None,
        _ => Some(Refusal::unavailable(message)),
    }
}

/// Whether something is wrong, rather than that there is nothing to add.
fn is_fault(reason: &Reason) -> bool {
    match reason {
        Reason::NoModel
        | Reason::StillLoading(_)
        | Reason::LoadFailed(..)
        | Reason::ModelFailed(..)
        | Reason::ModelCrashed(_)
        | Reason::Superseded
        | Reason::Cancelled
        | Reason::QueueFull { .. }
        | Reason::QueueTimedOut
        | Reason::ShuttingDown => true,
        Reason::Chose(..)
        | Reason::Skipped(..)
        | Reason::NothingToComplete
        | Reason::DeadlineMissed(_)
        | Reason::NoUsefulBoundary(_)
        | Reason::EmptyAnswer(_)
        | Reason::Rejected(..) => false,
    }
}
