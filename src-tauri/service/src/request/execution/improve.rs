//! Asks a larger model about a request that has been answered.

use super::attempt_result::AttemptResult;
use super::request_execution::RequestExecution;
use crate::request::completion::Completion;
use crate::routing::{Candidate, Choice, FirstAnswer, Improver, Preference, improver};
use pounce_models::catalog::{ModelId, Tier};

impl RequestExecution {
    /// What a model above `tier` has for the place, or above none if no model has answered; `None` if there is no such
    /// model, or it has nothing in time. It goes on from the `first` answer as far as it agrees. The cache keeps the first answer: a second one would take its place.
    pub(crate) async fn improve(mut self, tier: Option<Tier>, first: &str) -> Option<Completion> {
        let id = self.improver(tier)?;
        self.config.proposals = vec![first.to_owned()];
        // As much of the prompt is read as there is time for until the maximum.
        self.settings.models.preference = Preference::Best;
        let candidate = Candidate { id, choice: Choice::Improves, is_ready: true };
        match self.ask(candidate).await {
            AttemptResult::Answer(completion) => Some(self.finish(*completion)),
            AttemptResult::Next | AttemptResult::Cancelled(_) => None,
        }
    }

    /// The model to ask. Starts loading the one that would be asked if it were in memory.
    fn improver(&self, tier: Option<Tier>) -> Option<ModelId> {
        let answered = FirstAnswer {
            tier,
            mode: self.prompt.mode,
            n_prompt_tokens: self.n_prompt_tokens(),
            left: self.deadline.remaining(),
            is_secret: self.is_secret,
        };
        match improver(answered, &self.pool.views(self.key)) {
            Improver::Ask(id) => Some(id),
            Improver::Load(id) => {
                self.pool.request_load(&id);
                None
            }
            Improver::None => None,
        }
    }
}
