//! Weighs the answer so far against what another model would do in the time that is left.

use std::time::Duration;

use super::request_execution::RequestExecution;
use crate::request::completion::{CompletionSource, Reason};
use crate::routing::Candidate;
use pounce_models::catalog::ModelId;

impl RequestExecution {
    /// Decides whether a model is asked to improve the answer so far.
    pub(super) fn escalate_to(&mut self, candidate: Candidate) -> Option<Candidate> {
        let answer = self.escalation.answer()?;
        let probability = match answer.text.is_empty() {
            true => Some(0.0),
            false => answer.confidence.map(|confidence| confidence.probability),
        };
        let CompletionSource::Model(of) = &answer.source else { return None };
        let answered = (probability, answer.n_tokens);
        match self.escalation.next(of, answered, &candidate.id, self.time_left())? {
            Ok(choice) => Some(Candidate { choice, ..candidate }),
            Err(why) => {
                self.reasons.push(Reason::Skipped(candidate.id, why));
                None
            }
        }
    }

    /// Whether another model will be asked after an answer of this probability.
    pub(super) fn will_escalate(&self, of: &ModelId, probability: f64, n_tokens: usize) -> bool {
        let (answered, left) = ((Some(probability), n_tokens), self.time_left());
        let mut others = self.escalation.models().filter(|other| *other != of);
        others.any(|other| matches!(self.escalation.next(of, answered, other, left), Some(Ok(_))))
    }

    /// Time to the target and to the maximum.
    fn time_left(&self) -> (Duration, Duration) {
        (self.deadline.remaining_to_target(), self.deadline.remaining())
    }
}
