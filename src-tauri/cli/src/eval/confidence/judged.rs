//! [`Judged`]: a completion with its probability, and measures of how well probabilities fit what came
//! true.

use pounce_service::confidence::Confidence;

/// A completion with its probability, and whether it is right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    pub(super) language: String,
    pub(super) confidence: Confidence,
    pub(super) is_right: bool,
}

impl Judged {
    fn probability(&self) -> f64 {
        self.confidence.probability
    }

    /// 1 if it is right, else 0.
    fn outcome(&self) -> f64 {
        f64::from(u8::from(self.is_right))
    }
}

/// What some completions have in common.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Summary {
    pub(super) n: usize,
    /// The mean of the probabilities.
    pub(super) expected: f64,
    /// The share that is right.
    pub(super) right: f64,
}

/// The mean probability of some completions, and the share that is right; `None` of none.
pub(super) fn summary<'a>(judged: impl Iterator<Item = &'a Judged>) -> Option<Summary> {
    let (mut n, mut sum, mut n_right) = (0, 0.0, 0.0);
    for it in judged {
        n += 1;
        sum += it.probability();
        n_right += it.outcome();
    }
    (n > 0).then(|| Summary { n, expected: sum / n as f64, right: n_right / n as f64 })
}

/// Summaries of `n` ranges of the probability, of equal width; empty ranges are left out.
pub(super) fn reliability(judged: &[Judged], n: usize) -> Vec<Summary> {
    let range_of = |it: &Judged| ((it.probability() * n as f64) as usize).min(n - 1);
    let in_range = |range| judged.iter().filter(move |it| range_of(it) == range);
    (0..n).filter_map(|range| summary(in_range(range))).collect()
}

/// The expected calibration error: how far the share that is right is from the mean probability, on
/// average over ten ranges of equal width (Guo et al. 2017).
pub(super) fn calibration_error(judged: &[Judged]) -> f64 {
    let ranges = reliability(judged, 10).into_iter();
    let errors = ranges.map(|range| range.n as f64 * (range.expected - range.right).abs());
    errors.sum::<f64>() / judged.len() as f64
}

/// The mean squared difference between probability and outcome (Brier 1950).
pub(super) fn brier_score(judged: &[Judged]) -> f64 {
    let squares = judged.iter().map(|it| (it.probability() - it.outcome()).powi(2));
    squares.sum::<f64>() / judged.len() as f64
}

/// The area under the ROC curve: how often a right completion has a higher probability than a wrong
/// one, equal ones counting half. `None` if all are right or all wrong.
pub(super) fn auroc(judged: &[Judged]) -> Option<f64> {
    let of = |is_right| {
        let chosen = judged.iter().filter(move |it| it.is_right == is_right);
        chosen.map(Judged::probability).collect::<Vec<_>>()
    };
    let (right, wrong) = (of(true), of(false));
    let score = |right: f64, wrong: f64| match right.total_cmp(&wrong) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    };
    let wins = right.iter().flat_map(|r| wrong.iter().map(move |w| score(*r, *w)));
    let n_pairs = (right.len() * wrong.len()) as f64;
    (n_pairs > 0.0).then(|| wins.sum::<f64>() / n_pairs)
}

#[cfg(test)]
mod tests {
    use pounce_service::confidence::Level;

    use super::*;

    fn judged(all: &[(f64, bool)]) -> Vec<Judged> {
        let one = |&(probability, is_right): &(f64, bool)| Judged {
            language: "rust".to_owned(),
            confidence: Confidence { probability, level: Level::Likely },
            is_right,
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn the_error_is_the_gap_between_expected_and_right() {
        let all = judged(&[(0.25, true), (0.25, false), (0.85, true), (0.95, true)]);
        let expected = (2.0 * 0.25 + 0.15 + 0.05) / 4.0;
        assert!((calibration_error(&all) - expected).abs() < 1e-9);
        let squares = [0.75_f64, 0.25, 0.15, 0.05].map(|difference| difference.powi(2));
        assert!((brier_score(&all) - squares.iter().sum::<f64>() / 4.0).abs() < 1e-9);
    }

    #[test]
    fn the_area_counts_pairs_in_the_right_order() {
        let all = judged(&[(0.9, true), (0.4, true), (0.4, false), (0.6, false)]);
        assert_eq!(auroc(&all), Some((1.0 + 1.0 + 0.5 + 0.0) / 4.0));
        assert_eq!(auroc(&judged(&[(0.9, true)])), None);
    }
}
