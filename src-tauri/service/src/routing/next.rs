//! [`next`]: whether another model is asked after one has answered.
//!
//! A pure function, as the [route](super::route()): of the first answer's probability, and of what the other
//! model's answer is expected to be worth and to take.

use std::time::Duration;

use super::expected::{expected, n_read};
use super::model_view::ModelView;
use super::route::{Choice, Question, SkipReason};
use super::typical::typical_tokens;
use super::worth::{worth, worth_after};

/// The probability by which an answer has to be better for each second that it takes.
const PRICE_PER_SECOND: f64 = 0.3;

/// The answer so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered<'a> {
    /// The model that gave it.
    pub(crate) model: &'a ModelView,
    /// The probability that it is right; `None` if that is not known.
    pub(crate) probability: Option<f64>,
    /// Its tokens: another model needs about as many.
    pub(crate) n_tokens: usize,
}

/// Decides whether `other` is asked, too. Why it is, or why not.
pub(crate) fn next(
    question: &Question,
    answered: Answered<'_>,
    other: &ModelView,
) -> Result<Choice, SkipReason> {
    let first = worth(question, answered.model, n_read(question, answered.model));
    let so_far = answered.probability.unwrap_or(first);
    let worth = worth_after(worth(question, other, n_read(question, other)), so_far, first);
    let n_tokens = answered.n_tokens.clamp(1, typical_tokens(question.mode));
    let needs = expected(question, other, n_tokens);
    if needs > question.to_maximum {
        return Err(SkipReason::TooSlow { needs, left: question.to_maximum });
    }
    if worth - so_far > price(needs) {
        Ok(Choice::Surer { worth, so_far })
    } else {
        Err(SkipReason::NotWorthIt { worth, so_far })
    }
}

fn price(time: Duration) -> f64 {
    PRICE_PER_SECOND * time.as_secs_f64()
}

#[cfg(test)]
mod tests;
