//! [`CompletionService`]: the handle that the desktop app and the command line hold. Here is what
//! it is for, completing; starting, watching and changing it are in the files below.

mod control;
mod models;
mod remote;
mod start;
mod watch;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use pounce_engine::{CancelToken, Prompt};
use tokio::sync::{Mutex as AsyncMutex, Notify};
use tokio::task::JoinHandle;
use tracing::Instrument;

pub use control::LoadError;
pub use remote::RemoteChangeError;
pub use start::ServiceOptions;

use crate::cache::CacheKey;
use crate::complete::{Inquiry, generation_config};
use crate::completion::{Completion, Reason};
use crate::context::{Context, lock};
use crate::deadline::Deadline;
use crate::engine::Run;
use crate::events::Event;
use crate::fallback::fallback;
use crate::flight::Flight;
use crate::install::Installer;
use crate::keys::Keys;
use crate::metrics::{Counter, RequestRecord};
use crate::pool::ModelPool;
use crate::queue::Queue;
use crate::registry::InstalledModel;
use crate::request::{ClientId, CompletionRequest};
use crate::worker::RunEnd;

/// Completes code. Clones share one service.
#[derive(Clone)]
pub struct CompletionService(Arc<Inner>);

struct Inner {
    context: Arc<Context>,
    pool: ModelPool,
    queue: Queue,
    installer: Installer,
    keys: Keys,
    next_id: AtomicU64,
    /// What was wrong with the settings file at the start.
    settings_problem: Option<String>,
    /// The same, until somebody watches.
    untold_problem: Mutex<Option<String>>,
    /// The prompt that is being read ahead, and what stops that.
    preparing: Mutex<Option<(CacheKey, CancelToken)>>,
    /// Held while settings are saved and applied.
    changing_settings: AsyncMutex<()>,
    /// Held while the models folders are looked into: the newest look is the one that counts.
    rescanning: AsyncMutex<()>,
    stop: Arc<Notify>,
    tasks: AsyncMutex<Vec<JoinHandle<()>>>,
}

impl CompletionService {
    /// Completes within the settings' limits.
    pub async fn complete(&self, request: CompletionRequest) -> Completion {
        let limits = self.0.context.settings().time_limits();
        self.complete_by(request, Deadline::after(limits)).await
    }

    /// Completes by a deadline whose clock runs already. Dropping the future cancels the run.
    pub async fn complete_by(&self, request: CompletionRequest, deadline: Deadline) -> Completion {
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        let span =
            tracing::info_span!("complete", id, client = %request.client, mode = ?request.mode);
        self.answer(id, request, deadline).instrument(span).await
    }

    /// Reads a request's prompt ahead, if the model that would be asked is in memory. An
    /// earlier reading that is not done is dropped. True if it was read.
    pub async fn prepare(&self, request: CompletionRequest) -> bool {
        let request = request.normalized();
        let config = generation_config(&request, &self.0.context.settings());
        let CompletionRequest { segments, language, mode, .. } = request;
        let prompt = Prompt { segments, language, mode };
        let Some(key) = CacheKey::new(&prompt, &config) else { return false };
        let cancel = CancelToken::new();
        self.start_preparing(key, &cancel);
        let Some(model) = self.model_at_hand() else { return false };
        let run = Run { prompt, config, cancel: cancel.clone() };
        let Some(mut flight) = Flight::prepare(&self.0.pool, model, run) else { return false };
        let end = flight.land().await;
        let is_read = matches!(end, RunEnd::Prepared) && !cancel.is_cancelled();
        if is_read {
            self.0.context.count(Counter::ReadAhead);
        }
        is_read
    }

    /// Gives up the newest request of a client; false if it has none.
    pub fn cancel(&self, client: &ClientId) -> bool {
        self.0.queue.cancel(client)
    }
}

impl CompletionService {
    async fn answer(&self, id: u64, request: CompletionRequest, deadline: Deadline) -> Completion {
        let request = request.normalized();
        let (language, mode) = (request.language, request.mode);
        let (mut completion, queued) = match self.0.queue.enter(&request.client, &deadline).await {
            Err(reason) => (self.without_turn(&request, reason), deadline.elapsed()),
            Ok(ticket) => {
                let queued = ticket.queued;
                let inquiry = Inquiry::new(&self.0.pool, request, deadline, ticket);
                self.stop_preparing(inquiry.key());
                (inquiry.answer().await, queued)
            }
        };
        completion.id = id;
        completion.elapsed = deadline.elapsed();
        let record = RequestRecord {
            language,
            mode,
            queued,
            met_target: completion.elapsed <= deadline.limits().target,
            resident_bytes: self.0.pool.memory().1,
            ..RequestRecord::of(&completion)
        };
        lock(&self.0.context.metrics).record(record.clone());
        self.0.context.events.send(Event::Completed(Box::new(record)));
        completion
    }

    /// The answer to a request that got no turn. One that waited until its deadline still gets what
    /// costs nothing.
    fn without_turn(&self, request: &CompletionRequest, reason: Reason) -> Completion {
        let found = match reason {
            Reason::QueueTimedOut => fallback(&request.segments),
            _ => None,
        };
        let empty = Completion::empty(vec![reason]);
        match found {
            Some(found) => Completion { text: found.text, source: found.source, ..empty },
            None => empty,
        }
    }

    /// The model that most requests go to, as far as one can know before the request.
    fn model_at_hand(&self) -> Option<InstalledModel> {
        let context = &self.0.context;
        let id = context.pinned_model().or_else(|| context.default_model())?;
        // What the user has not asked to be completed stays here.
        context.installed(&id).filter(|model| model.remote.is_none())
    }

    fn start_preparing(&self, key: CacheKey, cancel: &CancelToken) {
        let older = lock(&self.0.preparing).replace((key, cancel.clone()));
        if let Some((_, older)) = older {
            older.cancel();
        }
    }

    /// A request needs its model for itself, unless it asks for just what is being read.
    fn stop_preparing(&self, key: Option<CacheKey>) {
        let mut preparing = lock(&self.0.preparing);
        if let Some((_, cancel)) = preparing.take_if(|(prepared, _)| Some(*prepared) != key) {
            cancel.cancel();
        }
    }
}
