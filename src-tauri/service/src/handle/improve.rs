//! Improving on an answer until it is used.

use std::time::Duration;

use tracing::Instrument;

use super::service::CompletionService;
use crate::request::{
    ClientId, Completion, CompletionRequest, Deadline, Improvement, Located, RequestExecution,
    TimeLimits,
};
use crate::routing::Preference;

/// The client of every improvement: a newer one cancels the older.
const CLIENT: &str = "improvement";

impl CompletionService {
    /// Has a larger model answer a request again that was answered by `first`, within `limit` from now. `None` if none is
    /// installed or the settings want none, if it is not in memory, or if it has nothing else in time.
    ///
    /// Dropping the future cancels it, and so does any request. A server is asked only if the user prefers it.
    pub async fn improve(
        &self,
        request: CompletionRequest,
        first: &Completion,
        limit: Duration,
    ) -> Option<Improvement> {
        if !self.may_improve(&request) {
            return None;
        }
        let client = ClientId::from(CLIENT);
        let ticket = self.0.queue.enter_aside(&client).ok()?;
        // Without a target the answer comes at once: other candidates are not searched for.
        let limits = TimeLimits { target: Duration::ZERO, maximum: limit };
        let deadline = Deadline::after(limits);
        let request = CompletionRequest { client, ..request.normalized() };
        let span = tracing::info_span!("improve", id = first.id, mode = ?request.mode);
        let Located { request, snippet, related, found } = self.located(request).await;
        let asked = (request, snippet, related);
        let execution = RequestExecution::new(&self.0.pool, asked, deadline, ticket);
        let model = first.source.model().and_then(|id| self.context().installed(id));
        let tier = model.map(|model| model.tier);
        let answer = execution.improve(tier, &first.text).instrument(span).await?;
        let answer = Completion { id: first.id, elapsed: deadline.elapsed(), ..answer };
        Improvement::over(first, found.answer(answer))
    }

    /// Cancels the improvement that is going on.
    pub(super) fn stop_improving(&self) {
        self.0.queue.cancel(&ClientId::from(CLIENT));
    }

    /// Whether the settings let another model than the first answer.
    fn may_improve(&self, request: &CompletionRequest) -> bool {
        let settings = self.context().settings();
        let is_chosen = request.model.is_some() || self.context().pinned_model().is_some();
        settings.improvement.enabled && !is_chosen && settings.models.preference != Preference::Fast
    }
}
