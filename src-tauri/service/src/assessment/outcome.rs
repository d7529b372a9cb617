//! [`Outcome`]: how a completion of a case turned out.

use pounce_fitting::Candidate;
use serde::{Deserialize, Serialize};

use super::case::Case;
use crate::confidence::{Example, Features};

/// How a completion of a case turned out: numbers alone, no text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether it is the target but for white space at its ends.
    pub is_right: bool,
    /// 1 minus the Levenshtein distance to the target over the longer length.
    pub similarity: f64,
    /// What its probability is estimated from; `None` if nothing fitted the place, or the model tells
    /// no probabilities.
    pub features: Option<Features>,
}

impl Outcome {
    /// Compares a completion with the target of its case.
    pub fn of(case: &Case, Candidate { generation, fitted }: &Candidate) -> Self {
        let (text, target) = (fitted.text.trim(), case.target.trim());
        let features = Features::of(generation, &case.prompt.segments);
        Self {
            is_right: text == target,
            similarity: strsim::normalized_levenshtein(text, target),
            features: features.filter(|_| !text.is_empty()),
        }
    }

    /// How much it is worth, from 0 to 1: a line that is nearly right is worth something, and tells two
    /// forms apart where neither or both are right.
    pub(super) fn worth(&self) -> f64 {
        (f64::from(u8::from(self.is_right)) + self.similarity) / 2.0
    }

    /// What a probability can be fitted to.
    pub(super) fn example(&self) -> Option<Example> {
        Some(Example { features: self.features?, is_right: self.is_right })
    }
}
