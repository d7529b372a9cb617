//! [`rank`]: of several completions of one place, those that fit, the likeliest first.

use std::cmp::Ordering;

use pounce_engine::{Generation, Mode};

use crate::filters::{Fitted, fit};
use crate::place::Place;

/// How many completions are looked for beside the first: the right line is rarely among later ones.
pub const N_OTHERS: usize = 2;

/// A completion with what fits of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What the model wrote.
    pub generation: Generation,
    /// What fits of that.
    pub fitted: Fitted,
}

impl Candidate {
    /// Fits a completion to its place.
    pub fn new(place: &Place<'_>, generation: Generation) -> Self {
        let fitted = fit(place, &generation.text, generation.finish);
        Self { generation, fitted }
    }

    /// Whether none of the model's other completions can be better: most of the probability is this
    /// one's, or the place needs nothing.
    fn is_settled(&self) -> bool {
        const HALF: f32 = -std::f32::consts::LN_2;
        match self.fitted.rejected {
            Some(rejection) => rejection.is_complete,
            None => self.generation.log_prob().is_none_or(|log_prob| log_prob >= HALF),
        }
    }

    /// Whether others are to be searched for: it does not fit, or another line may be likelier. Longer
    /// texts take too long to try another.
    pub fn may_be_surpassed(&self, mode: Mode) -> bool {
        !self.is_settled() && (self.fitted.rejected.is_some() || mode == Mode::Line)
    }

    /// Whether it is offered before (less) or after `other`.
    fn order(&self, other: &Self) -> Ordering {
        let class = |it: &Self| (it.fitted.rejected.is_some(), !it.is_settled());
        let log_prob = |it: &Self| it.generation.log_prob().unwrap_or_default();
        class(self).cmp(&class(other)).then_with(|| log_prob(other).total_cmp(&log_prob(self)))
    }
}

/// Candidates in the order in which they are offered, each text once.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The answer; rejected only if all are.
    pub best: Candidate,
    /// The rest, the most promising first; rejected ones at the end.
    pub others: Vec<Candidate>,
}

/// Orders the `first` completion of a place and the `others` that were found after it. A block that
/// fits stays the first: the probability of a text falls with its length, so a shorter block would
/// nearly always seem better.
pub fn rank(mode: Mode, first: Candidate, others: impl IntoIterator<Item = Candidate>) -> Ranked {
    let may_be_surpassed = first.may_be_surpassed(mode);
    let mut ranked = Ranked { best: first, others: Vec::new() };
    for candidate in others {
        let is_known = |other: &Candidate| is_same(&other.fitted, &candidate.fitted);
        if !is_known(&ranked.best) && !ranked.others.iter().any(is_known) {
            ranked.others.push(candidate);
        }
    }
    for other in &mut ranked.others {
        if may_be_surpassed && other.order(&ranked.best) == Ordering::Less {
            std::mem::swap(other, &mut ranked.best);
        }
    }
    ranked.others.sort_by(Candidate::order);
    ranked
}

/// Whether two texts differ in blanks alone. Rejected ones are all kept, for their reasons.
fn is_same(a: &Fitted, b: &Fitted) -> bool {
    let without_blanks = |text: &str| text.split_whitespace().collect::<String>();
    a.rejected.is_none()
        && b.rejected.is_none()
        && without_blanks(&a.text) == without_blanks(&b.text)
}

#[cfg(test)]
mod tests {
    use pounce_engine::{FinishReason, Language};

    use super::*;

    fn generation(text: &str, log_probs: &[f32]) -> Generation {
        let generation = Generation::of_text(text.to_owned(), log_probs.len(), FinishReason::Stop);
        Generation { log_probs: log_probs.to_vec(), ..generation }
    }

    fn ranked(prefix: &str, all: &[(&str, &[f32])]) -> Vec<String> {
        ranked_in(Mode::Line, prefix, all)
    }

    fn ranked_in(mode: Mode, prefix: &str, all: &[(&str, &[f32])]) -> Vec<String> {
        let place = Place { prefix, suffix: "", language: Language::Python, mode };
        let all = all.iter().map(|(text, log_probs)| generation(text, log_probs));
        let mut candidates = all.map(|generation| Candidate::new(&place, generation));
        let first = candidates.next().expect("a test has one at least");
        let Ranked { best, others } = rank(mode, first, candidates);
        [best].into_iter().chain(others).map(|it| it.fitted.text).collect()
    }

    #[test]
    fn the_likelier_text_comes_first() {
        let found = ranked("x = ", &[("first", &[-1.0, -1.0]), ("second", &[-0.5, -0.5])]);
        assert_eq!(found, ["second", "first"]);
    }

    #[test]
    fn a_shorter_block_does_not_take_the_place_of_one_that_fits() {
        let block = "    total = 0\n    return total";
        let all: [(&str, &[f32]); 2] = [(block, &[-0.5; 9]), ("    pass", &[-1.0])];
        let found = ranked_in(Mode::Block, "def f():\n", &all);
        assert_eq!(found, [block, "    pass"]);
        let circle = "    area(area(area(area(area(area(";
        let all: [(&str, &[f32]); 2] = [(circle, &[-0.5; 9]), ("    pass", &[-1.0])];
        let found = ranked_in(Mode::Block, "def f():\n", &all);
        assert_eq!(found[0], "    pass", "the first does not fit");
    }

    #[test]
    fn what_does_not_fit_comes_last() {
        let found = ranked("total_count = 1\n", &[("total_count = 1", &[-0.1]), ("2", &[-3.0])]);
        assert_eq!(found, ["2", ""], "the likelier one repeats the line above");
    }

    #[test]
    fn a_text_that_differs_in_blanks_alone_is_left_out() {
        let found = ranked("x = ", &[("a+b", &[-0.1]), ("a + b", &[-0.2]), ("c", &[-3.0])]);
        assert_eq!(found, ["a+b", "c"]);
    }

    #[test]
    fn a_sure_completion_settles_the_matter() {
        let place =
            Place { prefix: "x = ", suffix: "", language: Language::Python, mode: Mode::Line };
        let is_settled =
            |log_probs: &[f32]| Candidate::new(&place, generation("y", log_probs)).is_settled();
        assert!(is_settled(&[-0.3, -0.3]), "more than half of the probability");
        assert!(!is_settled(&[-0.4, -0.4]), "another one may be likelier");
        assert!(is_settled(&[]), "the model does not tell");
    }
}
