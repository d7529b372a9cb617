//! [`StageTimings`]: the time of each stage of a completion.

use std::time::Duration;

/// The wall time of each stage of a completion. Zero for a stage that did not run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimings {
    /// Encoding the prompt as token ids.
    pub tokenize: Duration,
    /// Reading the prompt, by the encoder or a decoder-only model. Zero if the prompt was read
    /// ahead.
    pub encode: Duration,
    /// The decoder step that chose the first token.
    pub first_token: Duration,
    /// All later decoder steps.
    pub decode: Duration,
    /// Token ids to text, with the stop rules.
    pub detokenize: Duration,
}

impl StageTimings {
    /// Time to first token.
    pub fn ttft(&self) -> Duration {
        self.tokenize + self.encode + self.first_token
    }

    /// The time of all stages.
    pub fn total(&self) -> Duration {
        self.ttft() + self.decode + self.detokenize
    }

    /// Tokens per second of decoding, for a completion of `n_tokens`; zero if nothing was decoded.
    pub fn tokens_per_second(&self, n_tokens: usize) -> f64 {
        let decoding = (self.first_token + self.decode).as_secs_f64();
        if decoding > 0.0 { n_tokens as f64 / decoding } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_add_up() {
        let ms = Duration::from_millis;
        let timings = StageTimings {
            tokenize: ms(1),
            encode: ms(20),
            first_token: ms(2),
            decode: ms(18),
            detokenize: ms(1),
        };
        assert_eq!(timings.ttft(), ms(23), "nothing can be shown before the first token");
        assert_eq!(timings.total(), ms(42), "no stage is counted twice or left out");
        assert_eq!(timings.tokens_per_second(10), 500.0, "ten tokens in 20 ms of decoding");
        assert_eq!(StageTimings::default().tokens_per_second(0), 0.0, "no division by zero");
    }
}
