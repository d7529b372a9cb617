//! [`Improvement`]: what a larger model makes of a request that has been answered.

use super::completion::{Alternative, Completion};
use crate::confidence::Level;

/// Another answer to a request, from a larger model than the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Improvement {
    /// The answer, whose text differs from the first one's.
    pub completion: Completion,
    /// Whether it should take the first one's place. Otherwise it is worth to be seen next.
    pub is_worth_more: bool,
}

impl Improvement {
    /// The better of the two answers, with the other one as its first alternative.
    pub fn beside(self, first: Completion) -> Completion {
        let (mut better, other) =
            if self.is_worth_more { (self.completion, first) } else { (first, self.completion) };
        let other = Alternative { text: other.text, confidence: other.confidence };
        better.alternatives.insert(0, other);
        better
    }

    /// Compares the answer of a larger model with the first; `None` if it adds nothing.
    pub(crate) fn over(first: &Completion, completion: Completion) -> Option<Self> {
        let is_new = !completion.text.is_empty() && completion.text != first.text;
        let is_worth_more = is_worth_more(first, &completion);
        is_new.then_some(Self { completion, is_worth_more })
    }
}

/// Whether the answer of a larger model is more probably right than the first. Where no probability was fitted to it,
/// all but a sure answer of the smaller model is worth less.
fn is_worth_more(first: &Completion, larger: &Completion) -> bool {
    if larger.is_partial && !first.is_partial {
        return false;
    }
    match (first.confidence, larger.confidence) {
        (Some(first), Some(larger)) => larger.probability > first.probability,
        (Some(first), None) => first.level != Level::Sure,
        (None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confidence::Confidence;

    fn answer(text: &str, probability: Option<f64>) -> Completion {
        let confidence = probability.map(Confidence::new);
        Completion { text: text.to_owned(), confidence, ..Completion::empty(vec![]) }
    }

    #[test]
    fn the_likelier_answer_is_worth_more() {
        let check = |first, larger, expected, why: &str| {
            let found = Improvement::over(&answer("a", first), answer("b", larger));
            assert_eq!(found.map(|it| it.is_worth_more), Some(expected), "{why}");
        };
        check(Some(0.3), Some(0.5), true, "it is more probable");
        check(Some(0.5), Some(0.3), false, "it is less probable");
        check(Some(0.9), None, false, "the first is sure");
        check(Some(0.5), None, true, "the first is not sure");
        check(None, Some(0.1), true, "nothing is known of the first");
        check(None, None, true, "a larger model knows more");
    }

    #[test]
    fn an_answer_that_adds_nothing_is_none() {
        for text in ["", "a"] {
            let found = Improvement::over(&answer("a", None), answer(text, None));
            assert_eq!(found, None, "{text:?}");
        }
    }

    #[test]
    fn half_an_answer_replaces_no_whole_one() {
        let partial = |text| Completion { is_partial: true, ..answer(text, None) };
        let found = Improvement::over(&answer("a", None), partial("b"));
        assert_eq!(found.map(|it| it.is_worth_more), Some(false), "half against whole");
        let found = Improvement::over(&partial("a"), partial("b"));
        assert_eq!(found.map(|it| it.is_worth_more), Some(true), "half against half");
    }
}
