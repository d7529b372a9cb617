//! [`Correction`]: fits the probabilities of a [`ConfidenceModel`](super::ConfidenceModel) to what became
//! of completions on this machine.
//!
//! Platt scaling: the logit of a probability is scaled and shifted (Platt, "Probabilistic outputs for
//! support vector machines", 1999). It is fitted to counts by ranges of probability, of which the last
//! fold is predicted from the others: a correction that does not predict better is none.

use serde::{Deserialize, Serialize};

/// Ranges of probability that are counted apart, equally wide.
pub(crate) const N_BINS: usize = 20;
/// Parts that the cases are dealt to in turn.
pub(crate) const N_FOLDS: usize = 5;

/// Fewer cases say too little.
const MIN_CASES: u32 = 300;
/// The least number of completions that were kept, and of those that were not.
const MIN_OF_A_KIND: u32 = 20;
/// How much better others have to be predicted, in nats a case.
const MIN_GAIN: f64 = 0.002;
/// How strongly the correction is drawn towards none (ridge regression).
const RIDGE: f64 = 5.0;
/// Newton's method converges within a few steps on two parameters.
const N_STEPS: usize = 20;
/// Bounds of the factor and the shift of a logit: whatever is counted, the order of completions stays and
/// none is out of all proportion.
const SLOPES: (f64, f64) = (0.25, 4.0);
const SHIFTS: (f64, f64) = (-3.0, 3.0);

/// How many completions were kept, and how many were gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Tally {
    /// Those that stood in the file.
    pub kept: u32,
    /// Those that did not, although the file was saved since.
    pub gone: u32,
}

/// Cases by fold and range of probability: `[N_FOLDS, N_BINS]`.
pub(crate) type Cases = [[Tally; N_BINS]; N_FOLDS];

/// A factor and a shift for the logit of a probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Correction {
    slope: f64,
    shift: f64,
}

impl Tally {
    /// Counts one more.
    pub(crate) fn count(&mut self, is_kept: bool) {
        let sum = if is_kept { &mut self.kept } else { &mut self.gone };
        *sum = sum.saturating_add(1);
    }

    fn n(self) -> u32 {
        self.kept.saturating_add(self.gone)
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            kept: self.kept.saturating_add(other.kept),
            gone: self.gone.saturating_add(other.gone),
        }
    }
}

/// The range that a probability is in.
pub(crate) fn bin_of(probability: f64) -> usize {
    ((probability * N_BINS as f64) as usize).min(N_BINS - 1)
}

impl Correction {
    const NONE: Self = Self { slope: 1.0, shift: 0.0 };

    /// What fits the cases; `None` if they are few, or nothing is predicted better by a correction that
    /// does not know it.
    pub(crate) fn fit(cases: &Cases) -> Option<Self> {
        let all = sum(cases.iter());
        let total = all.iter().fold(Tally::default(), |a, b| a.plus(*b));
        if total.n() < MIN_CASES || total.kept.min(total.gone) < MIN_OF_A_KIND {
            return None;
        }
        let held_out = |fold: usize| {
            let others = cases.iter().enumerate().filter(|(at, _)| *at != fold);
            Self::newton(&sum(others.map(|(_, bins)| bins))).loss(&cases[fold])
        };
        let n = f64::from(total.n());
        let predicted: f64 = (0..N_FOLDS).map(held_out).sum();
        let found = Self::newton(&all);
        let before = Self::NONE.loss(&all);
        (predicted < before - MIN_GAIN * n && found.loss(&all) < before).then_some(found)
    }

    /// The corrected probability.
    pub(crate) fn apply(self, probability: f64) -> f64 {
        let p = probability.clamp(1e-6, 1.0 - 1e-6);
        logistic(self.slope * (p / (1.0 - p)).ln() + self.shift)
    }

    /// Maximizes the likelihood of the counts, within the bounds.
    fn newton(bins: &[Tally; N_BINS]) -> Self {
        let mut found = Self::NONE;
        for _ in 0..N_STEPS {
            let mut gradient = [RIDGE * (found.slope - 1.0), RIDGE * found.shift];
            let [mut xx, mut x1, mut ones] = [RIDGE, 0.0, RIDGE];
            for (x, tally) in logits(bins) {
                let (n, p) = (f64::from(tally.n()), logistic(found.slope * x + found.shift));
                let (error, curvature) = (n * p - f64::from(tally.kept), n * p * (1.0 - p));
                gradient = [gradient[0] + error * x, gradient[1] + error];
                (xx, x1, ones) = (xx + curvature * x * x, x1 + curvature * x, ones + curvature);
            }
            // The ridge keeps the determinant above zero.
            let determinant = xx * ones - x1 * x1;
            let slope = found.slope - (ones * gradient[0] - x1 * gradient[1]) / determinant;
            let shift = found.shift - (xx * gradient[1] - x1 * gradient[0]) / determinant;
            found = Self {
                slope: slope.clamp(SLOPES.0, SLOPES.1),
                shift: shift.clamp(SHIFTS.0, SHIFTS.1),
            };
        }
        found
    }

    /// The negative log-likelihood of the counts, in nats.
    fn loss(self, bins: &[Tally; N_BINS]) -> f64 {
        let of_bin = |(x, tally): (f64, Tally)| {
            let p = logistic(self.slope * x + self.shift);
            -f64::from(tally.kept) * p.ln() - f64::from(tally.gone) * (1.0 - p).ln()
        };
        logits(bins).map(of_bin).sum()
    }
}

/// The logit in the middle of each range, with its counts.
fn logits(bins: &[Tally; N_BINS]) -> impl Iterator<Item = (f64, Tally)> {
    let middle = |at: usize| (at as f64 + 0.5) / N_BINS as f64;
    bins.iter().enumerate().map(move |(at, tally)| {
        let p = middle(at);
        ((p / (1.0 - p)).ln(), *tally)
    })
}

fn sum<'a>(folds: impl Iterator<Item = &'a [Tally; N_BINS]>) -> [Tally; N_BINS] {
    let add = |a: [Tally; N_BINS], b: &[Tally; N_BINS]| std::array::from_fn(|at| a[at].plus(b[at]));
    folds.fold([Tally::default(); N_BINS], add)
}

fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases whose probability is drawn evenly, and which are kept with the probability `kept(it)`.
    fn cases(n: usize, kept: impl Fn(f64) -> f64) -> Cases {
        let mut random = fastrand::Rng::with_seed(5);
        let mut cases = Cases::default();
        for number in 0..n {
            let probability = random.f64();
            let tally = &mut cases[number % N_FOLDS][bin_of(probability)];
            tally.count(random.f64() < kept(probability));
        }
        cases
    }

    #[test]
    fn what_is_kept_less_often_than_told_is_told_less_surely() {
        let half = Correction::fit(&cases(2_000, |p| p / 2.0)).expect("it is far off");
        for (told, kept) in [(0.2, 0.1), (0.5, 0.25), (0.8, 0.4)] {
            let found = half.apply(told);
            assert!((found - kept).abs() < 0.06, "{told} is {kept}, not {found}");
        }
        assert!(half.apply(0.3) < half.apply(0.6), "the order stays");
    }

    #[test]
    fn what_is_right_or_little_known_stays() {
        assert_eq!(Correction::fit(&cases(2_000, |p| p)), None, "it was right");
        assert_eq!(Correction::fit(&cases(250, |p| p / 2.0)), None, "too few");
        assert_eq!(Correction::fit(&cases(2_000, |_| 0.0)), None, "only one kind");
        assert_eq!(Correction::fit(&Cases::default()), None, "none");
    }

    #[test]
    fn whatever_is_counted_the_correction_is_within_its_bounds() {
        // Sure ones are never kept, and unsure ones are.
        let odd = Correction::newton(&sum(cases(5_000, |p| f64::from(u8::from(p < 0.5))).iter()));
        assert_eq!(odd.slope, SLOPES.0, "the order is never turned round");
        for p in [0.0, 1.0] {
            assert!((0.0..=1.0).contains(&odd.apply(p)), "a probability");
        }
    }

    #[test]
    fn cases_that_it_does_not_know_have_to_be_predicted_better() {
        // Each fold says something else: what is learnt of four is wrong for the fifth.
        let mut cases = Cases::default();
        for (at, fold) in cases.iter_mut().enumerate() {
            fold[10] =
                if at == 0 { Tally { kept: 80, gone: 0 } } else { Tally { kept: 35, gone: 45 } };
        }
        assert_eq!(Correction::fit(&cases), None);
    }
}
