//! [`Escalation`]: an answer that is not sure is kept while a better model is asked, which goes on from it.

use std::time::Duration;

use pounce_fitting::N_OTHERS;

use crate::request::completion::{Alternative, Completion};
use crate::routing::{
    Answered, Choice, Location, ModelView, Preference, Question, SkipReason, next,
};
use pounce_models::catalog::ModelId;

/// The answer so far, and the models that may improve it.
#[derive(Debug, Default)]
pub(super) struct Escalation {
    /// What the router was asked; `None` where the first answer stands, whatever it is.
    question: Option<Question>,
    /// The models that are ready to answer.
    models: Vec<ModelView>,
    answer: Option<Completion>,
}

impl Escalation {
    /// Nothing answered yet; `models` are ready to.
    pub(super) fn new(question: Question, mut models: Vec<ModelView>) -> Self {
        // An answer is there: code does not leave this machine for a better one, unless the user prefers servers.
        models.retain(|model| model.location != Location::RemoteInNeed);
        let weighs = question.preference == Preference::Balanced && question.pinned.is_none();
        Self {
            question: Some(question).filter(|_| weighs && models.len() > 1),
            models,
            answer: None,
        }
    }

    pub(super) fn has_answer(&self) -> bool {
        self.answer.is_some()
    }

    pub(super) fn answer(&self) -> Option<&Completion> {
        self.answer.as_ref()
    }

    pub(super) fn take_answer(&mut self) -> Option<Completion> {
        self.answer.take()
    }

    /// What the next model may go on from: the answer so far, and what else there is.
    pub(super) fn proposals(&self) -> Vec<String> {
        let texts = |it: &Completion| {
            let others = it.alternatives.iter().map(|other| other.text.clone());
            std::iter::once(it.text.clone()).chain(others).collect()
        };
        self.answer.as_ref().map(texts).unwrap_or_default()
    }

    /// Keeps an answer: the surer one, with the other one as a candidate.
    pub(super) fn add(&mut self, new: Completion) {
        self.answer = Some(match self.answer.take() {
            Some(first) if stands(&first, &new) => with_candidates(first, new),
            Some(first) => with_candidates(new, first),
            None => new,
        });
    }

    /// Whether `other` is to improve an answer that `of` has given, at the times left to target and maximum;
    /// `None` if no answer is improved.
    pub(super) fn next(
        &self,
        of: &ModelId,
        (probability, n_tokens): (Option<f64>, usize),
        other: &ModelId,
        (to_target, to_maximum): (Duration, Duration),
    ) -> Option<Result<Choice, SkipReason>> {
        let view = |id: &ModelId| self.models.iter().find(|model| model.id == *id);
        let question = Question { to_target, to_maximum, ..self.question.clone()? };
        let answered = Answered { model: view(of)?, probability, n_tokens };
        Some(next(&question, answered, view(other)?))
    }

    /// The models that are ready to answer, whether they were asked or not.
    pub(super) fn models(&self) -> impl Iterator<Item = &ModelId> {
        self.models.iter().map(|model| &model.id)
    }
}

/// Whether the first answer stands beside a new one. One without a text never does, and a new one of
/// unknown probability was expected to be the better.
fn stands(first: &Completion, new: &Completion) -> bool {
    let probability = |it: &Completion| it.confidence.map(|confidence| confidence.probability);
    match (probability(first), probability(new)) {
        _ if first.text.is_empty() || new.text.is_empty() => new.text.is_empty(),
        (Some(first), Some(new)) => first > new,
        _ => new.is_partial,
    }
}

/// `answer`, with the texts of `other` among its candidates.
fn with_candidates(mut answer: Completion, other: Completion) -> Completion {
    let Completion { text, confidence, alternatives, reasons, .. } = other;
    let found = [Alternative { text, confidence }].into_iter().chain(alternatives);
    let own = std::mem::take(&mut answer.alternatives);
    let mut candidates = found.chain(own).collect::<Vec<_>>();
    let mut known = vec![without_blanks(&answer.text), String::new()];
    candidates.retain(|candidate| {
        let text = without_blanks(&candidate.text);
        let is_new = !known.contains(&text);
        known.push(text);
        is_new
    });
    candidates.truncate(N_OTHERS);
    answer.reasons.splice(0..0, reasons);
    Completion { alternatives: candidates, ..answer }
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confidence::{Confidence, Level};

    fn answer(text: &str, probability: f64) -> Completion {
        let confidence = Some(Confidence { probability, level: Level::Likely });
        Completion { text: text.to_owned(), confidence, ..Completion::empty(vec![]) }
    }

    #[test]
    fn the_surer_answer_is_kept_and_the_other_is_a_candidate() {
        let check = |second: f64, text: &str, candidates: &[&str]| {
            let mut escalation = Escalation::default();
            escalation.add(answer("a + b", 0.3));
            let other = Alternative { text: "a+b".to_owned(), confidence: None };
            escalation.add(Completion { alternatives: vec![other], ..answer("c", second) });
            let found = escalation.take_answer().unwrap();
            let others: Vec<_> = found.alternatives.iter().map(|it| it.text.as_str()).collect();
            assert_eq!((found.text.as_str(), &others[..]), (text, candidates));
        };
        check(0.4, "c", &["a + b"]);
        check(0.2, "a + b", &["c"]);
    }

    #[test]
    fn a_text_that_was_cut_off_or_is_missing_takes_no_place() {
        let check = |new: Completion, text: &str| {
            let mut escalation = Escalation::default();
            escalation.add(answer("first", 0.3));
            escalation.add(new);
            assert_eq!(escalation.take_answer().unwrap().text, text);
        };
        let unknown = Completion { confidence: None, ..answer("new", 0.0) };
        check(unknown.clone(), "new");
        check(Completion { is_partial: true, ..unknown }, "first");
        check(answer("", 0.9), "first");
    }
}
