//! [`CompletionService`]: what a service consists of, and completing with it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pounce_engine::{CancelToken, GenerationConfig};
use tokio::sync::{Mutex as AsyncMutex, Notify};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::timeout;
use tracing::Instrument;

use crate::confidence::Confidence;
use crate::context::Context;
use crate::engines::{Keys, Run};
use crate::events::Event;
use crate::install::Installer;
use crate::kept::Delivered;
use crate::metrics::{Counter, RequestRecord};
use crate::pool::ModelPool;
use crate::pool::worker::RunEnd;
use crate::request::cache::CacheKey;
use crate::request::{
    Asked, ClientId, Completion, CompletionRequest, Deadline, Found, InFlightRun, Located, Queue,
    Reason, RequestExecution, fitted_fallback, generation_config,
};
use crate::routing::Preference;
use crate::settings::Settings;
use pounce_models::registry::InstalledModel;
use pounce_models::sync::{lock, spawn_blocking};

/// For how long each model but the first may read what was copied: most copies are never completed, and
/// in this time a model of half a billion weights reads what stands around a line.
const MAX_READ_AHEAD: Duration = Duration::from_secs(1);

/// Completes code. Clones share one service.
#[derive(Clone)]
pub struct CompletionService(pub(super) Arc<Inner>);

/// The parts of a service, for the files of this folder.
pub(super) struct Inner {
    pub(super) pool: ModelPool,
    pub(super) queue: Queue,
    pub(super) installer: Installer,
    pub(super) keys: Keys,
    pub(super) next_id: AtomicU64,
    /// What is wrong with the settings file.
    pub(super) settings_problem: Mutex<Option<String>>,
    /// The same until it is sent to the first subscriber.
    pub(super) untold_problem: Mutex<Option<String>>,
    /// The prompt that is being read ahead, and the token that stops it.
    pub(super) preparing: Mutex<Option<(CacheKey, CancelToken)>>,
    /// The settings that the file had when it was last read or written. Held while settings are saved
    /// and applied.
    pub(super) on_disk: AsyncMutex<Settings>,
    /// Held while the models folders are scanned, so that the newest scan counts.
    pub(super) rescanning: AsyncMutex<()>,
    pub(super) stop: Arc<Notify>,
    /// Stops what follows the settings file.
    pub(super) following: Mutex<Option<AbortHandle>>,
    pub(super) tasks: AsyncMutex<Vec<JoinHandle<()>>>,
}

impl CompletionService {
    /// Completes within the settings' limits.
    pub async fn complete(&self, request: CompletionRequest) -> Completion {
        let limits = self.context().settings().time_limits();
        self.complete_by(request, Deadline::after(limits)).await
    }

    /// Completes by a deadline that has started already. Dropping the future cancels the run.
    pub async fn complete_by(&self, request: CompletionRequest, deadline: Deadline) -> Completion {
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        let span =
            tracing::info_span!("complete", id, client = %request.client, mode = ?request.mode);
        self.answer(id, request, deadline).instrument(span).await
    }

    /// Reads a request's prompt ahead, with each model of this machine that is in memory and may be asked;
    /// returns whether one has read it. Stops an earlier reading that has not ended.
    pub async fn prepare(&self, request: CompletionRequest) -> bool {
        let Located { request, related, .. } = self.located(request.normalized()).await;
        let settings = self.context().settings();
        let config = GenerationConfig { related, ..generation_config(&request, &settings) };
        let prompt = request.prompt();
        let Some(key) = CacheKey::new(&prompt, &config) else { return false };
        let cancel = CancelToken::new();
        self.start_preparing(key, &cancel);
        let run = Run { prompt, config, cancel };
        let mut n_read = 0;
        for (index, model) in self.likely_models().into_iter().enumerate() {
            let limit = if index == 0 { Duration::MAX } else { MAX_READ_AHEAD };
            n_read += usize::from(self.read_ahead(model, run.clone(), key, limit).await);
        }
        n_read > 0
    }

    /// Cancels the newest request of a client; false if it has none.
    pub fn cancel(&self, client: &ClientId) -> bool {
        self.0.queue.cancel(client)
    }
}

impl CompletionService {
    pub(super) fn context(&self) -> &Context {
        self.0.pool.context()
    }

    async fn answer(&self, id: u64, request: CompletionRequest, deadline: Deadline) -> Completion {
        self.stop_improving();
        let request = request.normalized();
        let (language, mode, origin) = (request.language, request.mode, request.origin);
        let (mut completion, queued) = match self.0.queue.enter(&request.client, &deadline).await {
            Err(reason) => (without_turn(&request, reason).await, deadline.elapsed()),
            Ok(ticket) => {
                let queued = ticket.queued;
                let Located { request, snippet, related, found } = self.located(request).await;
                let asked = (request, snippet, related);
                let execution = RequestExecution::new(&self.0.pool, asked, deadline, ticket);
                self.stop_preparing(execution.key());
                let completion = execution.answer().await;
                self.watch(&found, &completion);
                (self.corrected(found.answer(completion)), queued)
            }
        };
        if let Some(counter) = completion.lookup.counter() {
            self.context().count(counter);
        }
        completion.id = id;
        completion.elapsed = deadline.elapsed();
        let record = RequestRecord {
            origin,
            language,
            mode,
            queued,
            met_target: completion.elapsed <= deadline.limits().target,
            resident_bytes: self.0.pool.memory().1,
            ..RequestRecord::of(&completion)
        };
        self.context().metrics.record(&record);
        self.context().events.send(Event::Completed(Box::new(record)));
        completion
    }

    /// The request with the code of the file in which its snippet stands.
    pub(super) async fn located(&self, request: CompletionRequest) -> Located {
        Located::new(request, &self.context().projects).await
    }

    /// Looks later whether the completion still stands in the file of its snippet.
    fn watch(&self, found: &Found, completion: &Completion) {
        let Context { kept, projects, .. } = self.context();
        let delivered = found.place().and_then(|place| Delivered::new(place, completion));
        if let Some(delivered) = delivered {
            kept.watch(delivered, projects);
        }
    }

    /// The completion with its probabilities corrected by what became of earlier ones.
    fn corrected(&self, mut completion: Completion) -> Completion {
        let Some(model) = completion.source.model().cloned() else { return completion };
        let kept = &self.context().kept;
        let correct =
            |confidence: &mut Confidence| *confidence = kept.corrected(&model, *confidence);
        completion.confidence.iter_mut().for_each(correct);
        let alternatives = completion.alternatives.iter_mut();
        alternatives.flat_map(|it| &mut it.confidence).for_each(correct);
        completion
    }

    /// The models that requests go to, as far as that is known before the request, the quickest first.
    pub(super) fn likely_models(&self) -> Vec<InstalledModel> {
        let context = self.context();
        let first = context.pinned_model().or_else(|| context.default_model());
        let mut models: Vec<_> = first.iter().filter_map(|id| context.installed(id)).collect();
        if context.pinned_model().is_none()
            && context.settings().models.preference != Preference::Fast
        {
            let others = context.installed_models().into_iter();
            models.extend(others.filter(|model| Some(&model.id) != first.as_ref()));
        }
        // Code leaves this machine only for a request of the user's.
        models.retain(|model| model.remote.is_none());
        models
    }

    /// Lets a model read ahead for `limit` at most. What a decoder-only model has read by then, it need
    /// not read again.
    async fn read_ahead(
        &self,
        model: InstalledModel,
        run: Run,
        key: CacheKey,
        limit: Duration,
    ) -> bool {
        let (id, stop) = (model.id.clone(), run.cancel.clone());
        if stop.is_cancelled() {
            return false;
        }
        let Some(mut reading) = InFlightRun::prepare(&self.0.pool, Asked { model, run }) else {
            return false;
        };
        let Ok(end) = timeout(limit, reading.wait()).await else { return false };
        let is_read = matches!(end, RunEnd::Prepared) && !stop.is_cancelled();
        if is_read {
            self.0.pool.note_read(&id, Some(key));
            self.context().count(Counter::ReadAhead);
        }
        is_read
    }

    fn start_preparing(&self, key: CacheKey, cancel: &CancelToken) {
        let older = lock(&self.0.preparing).replace((key, cancel.clone()));
        if let Some((_, older)) = older {
            older.cancel();
        }
    }

    /// Stops reading ahead, unless the request asks for the prompt that is being read.
    pub(super) fn stop_preparing(&self, key: Option<CacheKey>) {
        let mut preparing = lock(&self.0.preparing);
        if let Some((_, cancel)) = preparing.take_if(|(prepared, _)| Some(*prepared) != key) {
            cancel.cancel();
        }
    }
}

/// The answer to a request that got no turn. One that waited until its deadline still gets a copy
/// from the snippet, which takes next to no time.
async fn without_turn(request: &CompletionRequest, reason: Reason) -> Completion {
    let mut completion = match reason {
        Reason::QueueTimedOut => {
            let prompt = request.prompt();
            spawn_blocking(move || fitted_fallback(&prompt)).await
        }
        _ => Completion::empty(vec![]),
    };
    completion.reasons.insert(0, reason);
    completion
}
