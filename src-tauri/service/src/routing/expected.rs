//! How long a model is expected to take.

use std::time::Duration;

use super::model_view::ModelView;
use super::preference::Preference;
use super::prompt_budget::prompt_budget;
use super::route::Question;

/// Expected time of a model for `n_tokens`; zero if it was never measured, so that it is tried.
pub(super) fn expected(question: &Question, model: &ModelView, n_tokens: usize) -> Duration {
    let n_unread = if model.has_read { 0 } else { n_read(question, model) };
    model.speed.map_or(Duration::ZERO, |speed| speed.expected(n_unread, n_tokens))
}

/// The tokens of the prompt that a model is given: all, unless there is no time to read them.
pub(super) fn n_read(question: &Question, model: &ModelView) -> usize {
    let n_tokens = question.n_prompt_tokens.min(model.max_prompt_tokens);
    let left = match question.preference {
        Preference::Best => question.to_maximum,
        Preference::Fast | Preference::Balanced => question.to_target,
    };
    match model.speed.filter(|_| !model.has_read) {
        Some(speed) => n_tokens.min(prompt_budget(speed, question.mode, left)),
        None => n_tokens,
    }
}
