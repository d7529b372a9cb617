//! Completing what is likely to be asked next, before it is asked: while an answer is shown, the
//! code with that answer accepted.

use super::service::CompletionService;
use crate::metrics::Counter;
use crate::pool::ModelState;
use crate::request::{
    CompletionRequest, CompletionSource, Deadline, Located, RequestExecution, generation_config,
};
use crate::settings::Settings;

impl CompletionService {
    /// Completes a request into the cache while nothing else is asked: any other request stops it.
    /// As with [reading ahead](Self::prepare), the model must be in memory, and code stays on this
    /// machine. Returns whether a model has answered.
    pub async fn speculate(&self, request: CompletionRequest) -> bool {
        let settings = self.context().settings();
        if !self.may_speculate(&request, &settings) {
            return false;
        }
        let Some(ticket) = self.0.queue.enter_idle() else { return false };
        let deadline = Deadline::after(settings.time_limits());
        let Located { request, snippet, related, .. } = self.located(request.normalized()).await;
        let asked = (request, snippet, related);
        let completion =
            RequestExecution::new(&self.0.pool, asked, deadline, ticket).answer().await;
        let is_there = matches!(completion.source, CompletionSource::Model(_));
        if is_there {
            self.context().count(Counter::Speculated);
        }
        is_there
    }

    fn may_speculate(&self, request: &CompletionRequest, settings: &Settings) -> bool {
        let is_remembered = settings.cache.remembers() && !request.is_secret;
        let is_random = generation_config(request, settings).samples();
        let stays_here = settings.remote.active().is_empty();
        let model = request
            .model
            .clone()
            .or_else(|| self.likely_models().into_iter().next().map(|model| model.id));
        let is_warm = model.is_some_and(|id| self.0.pool.state(&id) == ModelState::Warm);
        is_remembered && !is_random && stays_here && is_warm
    }
}
