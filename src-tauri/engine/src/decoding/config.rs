//! [`GenerationConfig`]: how to generate. Fields are named as in Hugging Face transformers where it
//! has them.

use std::sync::Arc;

use crate::decoding::project::related_code::RelatedCode;
use crate::decoding::recent_completions::RecentCompletions;
use crate::error::EngineError;
use crate::prompt::form::PromptForm;

/// How to generate one completion.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationConfig {
    /// The most tokens to generate, at least 1.
    pub max_new_tokens: usize,
    /// 0 always takes the most likely token (greedy decoding). Above 0, up to 10, tokens are
    /// sampled.
    pub temperature: f32,
    /// Sampling draws from the most likely tokens whose probabilities add up to this; 1 draws from
    /// all.
    pub top_p: f32,
    /// Seed of the sampling. Equal seeds give equal completions.
    pub seed: u64,
    /// The most tokens of the prompt, at least 4; `None` allows as many as the model was trained
    /// on. A longer prompt is clipped to the tokens next to the cursor.
    pub max_prompt_tokens: Option<usize>,
    /// The most prompt tokens, at least 4, that may still have to be read. If more were not [read
    /// ahead](crate::Model::prepare), the whole prompt is clipped to this many. `None` is no limit.
    pub max_unread_tokens: Option<usize>,
    /// The most tokens to guess and verify in one run (prompt lookup decoding). They never change
    /// the completion; 0 turns guessing off. `None` guesses as many as pay off if the model's backend
    /// is batch invariant, and none otherwise. Without effect when sampling.
    pub n_draft_tokens: Option<usize>,
    /// Completions of the same model to guess tokens from; the new completion is added. `None`
    /// guesses only from the prompt and keeps nothing.
    pub recent: Option<RecentCompletions>,
    /// What the completion may turn out to be, such as another model's, the likeliest first. The
    /// model's own text is the result in any case; it takes less time where it agrees with one.
    pub proposals: Vec<String>,
    /// How the model is asked.
    pub form: PromptForm,
    /// Code of the same project, to guess tokens from. Where an encoder-decoder model completes a line
    /// greedily, what follows the last tokens there is made likelier, too. `None` leaves the
    /// probabilities as the model has them.
    pub related: Option<Arc<RelatedCode>>,
    /// Whether only `max_new_tokens` ends the completion, for measurements. An end token is then
    /// fed like any other.
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
            proposals: Vec::new(),
            form: PromptForm::default(),
            related: None,
            ignore_eos: false,
        }
    }
}

impl GenerationConfig {
    /// Leaves room for code beside the special tokens.
    const MIN_PROMPT_TOKENS: usize = 4;

    /// Whether tokens are sampled rather than decoded greedily.
    pub fn samples(&self) -> bool {
        self.temperature > 0.0
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`EngineError::Config`] for the first field that is out of range.
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
