//! [`Features`]: what the probability of a completion is estimated from.

use pounce_engine::{Generation, Segments};
use serde::{Deserialize, Serialize};

/// The numbers of a completion, in the order of [`NAMES`](Self::NAMES).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Features(pub(super) [f64; Features::NAMES.len()]);

impl Features {
    /// What the numbers are. A [`ConfidenceModel`](super::ConfidenceModel) that was fitted to others is not used.
    pub const NAMES: [&'static str; 9] = [
        "probability of the text",
        "its logarithm: the sum of the log-probabilities",
        "their mean",
        "their least",
        "that of the first token",
        "logarithm of the number of tokens",
        "code follows",
        "code follows on the line",
        "logarithm of the number of lines before",
    ];

    /// The numbers of a completion at the cursor of `segments`; `None` if its model does not tell
    /// probabilities.
    pub fn of(generation: &Generation, segments: &Segments) -> Option<Self> {
        let log_probs: Vec<f64> = generation.log_probs.iter().copied().map(f64::from).collect();
        let first = *log_probs.first()?;
        let (sum, n) = (log_probs.iter().sum::<f64>(), log_probs.len() as f64);
        let least = log_probs.iter().copied().fold(0.0, f64::min);
        let is_there = |text: &str| f64::from(u8::from(!text.trim().is_empty()));
        let rest_of_line = segments.suffix.lines().next().unwrap_or_default();
        let n_lines = segments.prefix.lines().count() as f64;
        Some(Self([
            sum.exp(),
            sum,
            sum / n,
            least,
            first,
            n.ln(),
            is_there(&segments.suffix),
            is_there(rest_of_line),
            n_lines.ln_1p(),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use pounce_engine::FinishReason;

    use super::*;

    fn generation(log_probs: &[f32]) -> Generation {
        let generation = Generation::of_text("x".to_owned(), log_probs.len(), FinishReason::Stop);
        Generation { log_probs: log_probs.to_vec(), ..generation }
    }

    #[test]
    fn they_are_read_from_the_tokens_and_the_place() {
        let segments = Segments { prefix: "a\nb(".into(), suffix: ")\n".into() };
        let Features(found) = Features::of(&generation(&[-0.5, -1.5]), &segments).unwrap();
        let expected =
            [(-2_f64).exp(), -2.0, -1.0, -1.5, -0.5, 2_f64.ln(), 1.0, 1.0, 2_f64.ln_1p()];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_model_that_does_not_tell_has_none() {
        assert_eq!(Features::of(&generation(&[]), &Segments::default()), None);
    }
}
