//! [`GenerationConfig`]: how to generate, with the field names that Hugging Face uses.

use crate::decoding::recent_completions::RecentCompletions;
use crate::error::EngineError;

/// How to generate one completion.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationConfig {
    /// The most tokens to generate; at least 1.
    pub max_new_tokens: usize,
    /// 0 takes the most likely token every time; above that, tokens are drawn at random.
    pub temperature: f32,
    /// Only the most likely tokens whose probabilities add up to this are drawn; 1 is all.
    pub top_p: f32,
    /// Start of the random series.
    pub seed: u64,
    /// The most prompt tokens to read, up to what the graphs accept; `None` is what the model was
    /// trained on. A longer prompt is clipped to the tokens next to the cursor.
    pub max_prompt_tokens: Option<usize>,
    /// The most prompt tokens to read that were not [read ahead](crate::Model::prepare): where more
    /// are unread, the prompt is clipped to so many. `None` is no such limit.
    pub max_unread_tokens: Option<usize>,
    /// The most tokens to guess and check in one run (prompt lookup), of which only what greedy
    /// decoding would choose is kept; 0 is off. `None` is as many as pay where the model's wide
    /// runs round as single ones do, and off elsewhere. Without effect when sampling.
    pub n_draft_tokens: Option<usize>,
    /// Completions to guess from besides the context, of this model alone; the new one is noted
    /// there. `None` guesses from the context and keeps nothing.
    pub recent: Option<RecentCompletions>,
    /// For measuring: nothing ends the completion but `max_new_tokens`; an end token is fed like
    /// any other.
    pub ignore_eos: bool,
}

impl Default for GenerationConfig {
    fn default() -> Self {
        Self {
            max_new_tokens: 64,
            temperature: 0.0,
            top_p: 1.0,
            seed: 0,
            max_prompt_tokens: None,
            max_unread_tokens: None,
            n_draft_tokens: None,
            recent: None,
            ignore_eos: false,
        }
    }
}

impl GenerationConfig {
    /// The fewest prompt tokens that leave room for code beside the special ones.
    const MIN_PROMPT_TOKENS: usize = 4;

    /// Whether tokens are drawn at random.
    pub fn samples(&self) -> bool {
        self.temperature > 0.0
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`EngineError::Config`] for the first that is out of range.
    pub fn validate(&self) -> Result<(), EngineError> {
        let error =
            |field, value: String, allowed| Err(EngineError::Config { field, value, allowed });
        if self.max_new_tokens == 0 {
            return error("max_new_tokens", "0".to_owned(), "at least 1");
        }
        if !(0.0..=10.0).contains(&self.temperature) {
            return error("temperature", self.temperature.to_string(), "between 0 and 10");
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return error("top_p", self.top_p.to_string(), "above 0 and at most 1");
        }
        let limits = [
            ("max_prompt_tokens", self.max_prompt_tokens),
            ("max_unread_tokens", self.max_unread_tokens),
        ];
        for (field, limit) in limits {
            if let Some(n) = limit.filter(|n| *n < Self::MIN_PROMPT_TOKENS) {
                return error(field, n.to_string(), "at least 4");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_out_of_range_are_named() {
        let check = |change: fn(&mut GenerationConfig), field: &str| {
            let mut config = GenerationConfig::default();
            change(&mut config);
            let message = config.validate().unwrap_err().to_string();
            assert!(message.starts_with(field), "{message:?} should name {field}");
        };
        assert!(GenerationConfig::default().validate().is_ok(), "the default is valid");
        check(|c| c.max_new_tokens = 0, "max_new_tokens");
        check(|c| c.temperature = -1.0, "temperature");
        check(|c| c.temperature = f32::NAN, "temperature");
        check(|c| c.top_p = 0.0, "top_p");
        check(|c| c.max_prompt_tokens = Some(2), "max_prompt_tokens");
        check(|c| c.max_unread_tokens = Some(3), "max_unread_tokens");
    }
}
