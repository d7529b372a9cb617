//! [`Confidence`]: the probability of a completion, and the [`Level`] that people are told.

use serde::Serialize;

use super::correction::Correction;

/// How sure a completion is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence {
    /// The probability that it is right, 0 to 1.
    pub probability: f64,
    /// The same in three steps.
    pub level: Level,
}

/// One of three levels of confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub enum Level {
    /// Rather wrong than right.
    Unsure,
    /// As often right as wrong, about.
    Likely,
    /// Mostly right.
    Sure,
}

/// From this probability on a completion is likely.
const LIKELY: f64 = 0.25;
/// From this probability on it is sure.
const SURE: f64 = 0.6;

impl Confidence {
    pub(crate) fn new(probability: f64) -> Self {
        let level = match probability {
            p if p >= SURE => Level::Sure,
            p if p >= LIKELY => Level::Likely,
            _ => Level::Unsure,
        };
        Self { probability, level }
    }
}

impl Confidence {
    /// The same by what became of completions on this machine.
    pub(crate) fn corrected(self, correction: Correction) -> Self {
        Self::new(correction.apply(self.probability))
    }
}

impl Level {
    /// All levels, the lowest first.
    pub const ALL: [Self; 3] = [Self::Unsure, Self::Likely, Self::Sure];

    /// The level in one word: `sure`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::Likely => "likely",
            Self::Sure => "sure",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ranges_of_the_probability() {
        let level = |probability| Confidence::new(probability).level;
        assert_eq!([0.0, 0.24].map(level), [Level::Unsure; 2]);
        assert_eq!([0.25, 0.59].map(level), [Level::Likely; 2]);
        assert_eq!([0.6, 1.0].map(level), [Level::Sure; 2]);
    }
}
