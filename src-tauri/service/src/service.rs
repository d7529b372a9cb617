//! [`CompletionService`]: the handle that the desktop app and the command line hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use pounce_engine::{CancelToken, Prompt};
use tokio::sync::{Mutex as AsyncMutex, Notify, broadcast};
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::cache::{CacheKey, CacheLimits, CompletionCache};
use crate::catalog::{ModelCatalog, ModelId};
use crate::complete::{Inquiry, generation_config};
use crate::completion::{Completion, Reason};
use crate::context::{Context, lock};
use crate::deadline::Deadline;
use crate::engine::{EngineLoader, OnnxLoader, Run};
use crate::events::{Departure, Event, Events, ModelState};
use crate::flight::Flight;
use crate::janitor;
use crate::memory::{MemoryProbe, SystemProbe, budget_bytes};
use crate::metrics::{Metrics, RequestRecord, StageStats};
use crate::panics;
use crate::paths::Paths;
use crate::pool::ModelPool;
use crate::profile::Profile;
use crate::queue::Queue;
use crate::registry::ModelRegistry;
use crate::request::{ClientId, CompletionRequest};
use crate::settings::{Effect, Settings, SettingsError, SettingsFile, effects};
use crate::status::{self, Status};
use crate::worker::Host;

/// What a service is made of.
pub struct ServiceOptions {
    /// Where it reads and writes.
    pub paths: Paths,
    /// The settings; `None` reads the user's file.
    pub settings: Option<Settings>,
    /// The models; `None` looks into the models folders.
    pub registry: Option<ModelRegistry>,
    /// What loads them.
    pub loader: Arc<dyn EngineLoader>,
    /// What measures memory.
    pub probe: Arc<dyn MemoryProbe>,
    /// What they run on.
    pub host: Host,
}

impl ServiceOptions {
    /// The real thing, in these folders.
    pub fn new(paths: Paths) -> Self {
        Self {
            paths,
            settings: None,
            registry: None,
            loader: Arc::new(OnnxLoader::default()),
            probe: Arc::new(SystemProbe::default()),
            host: Host::Threads,
        }
    }
}

/// Completes code. Clones share one service.
#[derive(Clone)]
pub struct CompletionService(Arc<Inner>);

struct Inner {
    context: Arc<Context>,
    pool: ModelPool,
    queue: Queue,
    next_id: AtomicU64,
    /// What was wrong with the settings file at the start.
    settings_problem: Option<String>,
    /// The prompt that is being read ahead, and what stops that.
    preparing: std::sync::Mutex<Option<(CacheKey, CancelToken)>>,
    stop: Arc<Notify>,
    tasks: AsyncMutex<Vec<JoinHandle<()>>>,
}

/// Why a model was not loaded, in words for the user.
#[derive(Debug, thiserror::Error)]
#[error("{id} was not loaded: {message}")]
pub struct LoadError {
    /// Which.
    pub id: ModelId,
    /// Why, and what to do.
    pub message: String,
}

impl CompletionService {
    /// Starts the service on the current tokio runtime, and the loading of its first model. Returns
    /// at once.
    pub fn start(options: ServiceOptions) -> Self {
        panics::hide_messages_of_models();
        let (context, settings_problem) = context(options);
        let context = Arc::new(context);
        let settings = context.settings();
        let budget = budget_bytes(settings.memory.budget_mb, context.probe.read().available_bytes);
        let (pool, loading) = ModelPool::new(Arc::clone(&context), budget);
        let queue = Queue::new(settings.queue.concurrency, settings.queue.capacity);
        let stop = Arc::new(Notify::new());
        let rounds = janitor::make_rounds(Arc::clone(&context), pool.clone(), Arc::clone(&stop));
        let tasks = AsyncMutex::new(vec![tokio::spawn(loading), tokio::spawn(rounds)]);
        let next_id = AtomicU64::new(1);
        let preparing = std::sync::Mutex::new(None);
        if let Some(problem) = &settings_problem {
            context.events.send(Event::SettingsBroken(problem.clone()));
        }
        let service = Self(Arc::new(Inner {
            context,
            pool,
            queue,
            next_id,
            settings_problem,
            preparing,
            stop,
            tasks,
        }));
        service.load_wanted();
        service
    }

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

    /// Reads a request's prompt ahead, if the model that would be asked is in memory and idle. An
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
        matches!(end, crate::worker::RunEnd::Prepared) && !cancel.is_cancelled()
    }

    /// Gives up the newest request of a client; false if it has none.
    pub fn cancel(&self, client: &ClientId) -> bool {
        self.0.queue.cancel(client)
    }

    /// What happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.context.events.subscribe()
    }

    /// Models, memory, cache, as they are now.
    pub fn status(&self) -> Status {
        status::read(&self.0.context, &self.0.pool, self.0.settings_problem.as_deref())
    }

    /// The last requests, the oldest first; at most 1,000.
    pub fn recent(&self) -> Vec<RequestRecord> {
        lock(&self.0.context.metrics).recent().cloned().collect()
    }

    /// Percentiles by model and stage.
    pub fn stages(&self) -> Vec<StageStats> {
        lock(&self.0.context.metrics).stages()
    }

    /// All metrics in Prometheus' text format.
    pub fn stats_text(&self) -> String {
        let gauges = janitor::gauges(&self.0.context, &self.0.pool);
        lock(&self.0.context.metrics).to_text(&gauges)
    }

    /// How often something happened.
    pub fn count(&self, counter: crate::metrics::Counter) -> u64 {
        lock(&self.0.context.metrics).get(counter)
    }

    /// Answers by the name of their source.
    pub fn sources(&self) -> Vec<(&'static str, u64)> {
        lock(&self.0.context.metrics).sources().collect()
    }

    /// Forgets all metrics.
    pub fn clear_stats(&self) {
        lock(&self.0.context.metrics).clear();
    }

    /// Forgets all completions, also those kept on the disk.
    pub fn clear_cache(&self) {
        lock(&self.0.context.cache).clear();
        let _ = std::fs::remove_file(self.0.context.paths.cache_file());
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.0.context.settings()
    }

    /// Saves settings and puts them into force; says when each changed group takes effect.
    ///
    /// # Errors
    /// [`SettingsError`]; the old settings stay in force.
    pub async fn set_settings(
        &self,
        new: Settings,
    ) -> Result<Vec<(&'static str, Effect)>, SettingsError> {
        SettingsFile::new(&self.0.context.paths.settings_file()).save(&new)?;
        let old = std::mem::replace(&mut *lock(&self.0.context.settings), new.clone());
        let effects = effects(&old, &new);
        self.apply(&old, &new).await;
        self.0.context.events.send(Event::SettingsChanged(effects.clone()));
        Ok(effects)
    }

    /// Has one model answer always; `None` leaves it to the router again.
    ///
    /// # Errors
    /// [`SettingsError::Write`] if it cannot be saved.
    pub async fn pin(&self, id: Option<ModelId>) -> Result<(), SettingsError> {
        let mut settings = self.settings();
        settings.models.pinned = id;
        self.set_settings(settings).await.map(|_| ())
    }

    /// Loads a model now and waits for it. Resets its breaker: the user wants to see it tried.
    ///
    /// # Errors
    /// [`LoadError`] with the numbers or the cause.
    pub async fn load(&self, id: &ModelId) -> Result<(), LoadError> {
        self.0.context.breakers.reset(id);
        self.0.pool.request_load(id);
        match self.0.pool.settled(id).await {
            ModelState::Warm => Ok(()),
            ModelState::Failed { message } => Err(LoadError { id: id.clone(), message }),
            state => {
                Err(LoadError { id: id.clone(), message: format!("it is {} again", state.name()) })
            }
        }
    }

    /// Unloads a model and waits until its memory is free; false if it was not in memory.
    pub async fn unload(&self, id: &ModelId) -> bool {
        self.0.pool.depart(id, Departure::Asked).await
    }

    /// Closes a model's breaker.
    pub fn reset_breaker(&self, id: &ModelId) {
        self.0.context.breakers.reset(id);
    }

    /// Looks into the models folders again, after an installation or a removal.
    pub async fn rescan(&self) {
        let context = &self.0.context;
        let found = ModelRegistry::scan(&context.paths.models, &context.catalog);
        *lock(&context.registry) = found;
        for resident in self.0.pool.residents() {
            if context.installed(&resident.id).is_none() {
                self.unload(&resident.id).await;
            }
        }
        self.load_wanted();
    }

    /// Gives up all requests, unloads all models and joins their threads. How many threads did not
    /// come back.
    pub async fn shut_down(&self) -> usize {
        let Inner { context, pool, queue, stop, tasks, .. } = &*self.0;
        queue.close();
        stop.notify_waiters();
        pool.close();
        for task in tasks.lock().await.drain(..) {
            let _ = tokio::time::timeout(Duration::from_secs(5), task).await;
        }
        let n_lost = pool.shut_down().await;
        janitor::dump(context, pool);
        self.keep_cache();
        n_lost
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
            Reason::QueueTimedOut => crate::fallback::fallback(&request.segments),
            _ => None,
        };
        let empty = Completion::empty(vec![reason]);
        match found {
            Some(found) => Completion { text: found.text, source: found.source, ..empty },
            None => empty,
        }
    }

    /// Puts changed settings into force.
    async fn apply(&self, old: &Settings, new: &Settings) {
        let Inner { context, pool, queue, .. } = &*self.0;
        lock(&context.cache).set_limits(cache_limits(new), SystemTime::now());
        queue.set_limits(new.queue.concurrency, new.queue.capacity);
        if new.memory.budget_mb != old.memory.budget_mb {
            let free = context.probe.read().available_bytes + pool.memory().1;
            pool.set_budget(budget_bytes(new.memory.budget_mb, free)).await;
        }
        if new.models.threads != old.models.threads {
            *lock(&context.profile) = Profile::new(new.models.threads);
            let residents = pool.residents();
            for resident in &residents {
                self.unload(&resident.id).await;
                pool.request_load(&resident.id);
            }
        }
        if !new.cache.keep_on_disk {
            let _ = std::fs::remove_file(context.paths.cache_file());
        }
        pool.mark_kept();
        pool.unload_idle().await;
        self.load_wanted();
    }

    /// Loads the model that should always be there, and the one that the user wants to answer.
    fn load_wanted(&self) {
        let context = &self.0.context;
        for id in context.pinned_model().into_iter().chain(context.default_model()) {
            self.0.pool.request_load(&id);
        }
    }

    /// The model that most requests go to, as far as one can know before the request.
    fn model_at_hand(&self) -> Option<crate::registry::InstalledModel> {
        let context = &self.0.context;
        let id = context.pinned_model().or_else(|| context.default_model())?;
        context.installed(&id)
    }

    fn start_preparing(&self, key: CacheKey, cancel: &CancelToken) {
        let older = lock(&self.0.preparing).replace((key, cancel.clone()));
        if let Some((_, older)) = older {
            older.cancel();
        }
    }

    /// A request needs its model for itself, unless it asks for just what is being read.
    fn stop_preparing(&self, key: Option<CacheKey>) {
        let preparing = lock(&self.0.preparing).take();
        if let Some((_, cancel)) = preparing.filter(|(prepared, _)| Some(*prepared) != key) {
            cancel.cancel();
        }
    }

    fn keep_cache(&self) {
        let context = &self.0.context;
        if !lock(&context.settings).cache.keep_on_disk {
            return;
        }
        if let Err(error) = lock(&context.cache).save(&context.paths.cache_file()) {
            tracing::warn!(%error, "the cache was not kept");
        }
    }
}

/// What all parts share, and what was wrong with the settings.
fn context(options: ServiceOptions) -> (Context, Option<String>) {
    let ServiceOptions { paths, settings, registry, loader, probe, host } = options;
    let (settings, problem) = match settings {
        Some(settings) => (settings, None),
        None => {
            let loaded = SettingsFile::new(&paths.settings_file()).load();
            (loaded.settings, loaded.problem)
        }
    };
    let catalog = ModelCatalog::built_in();
    let registry = registry.unwrap_or_else(|| ModelRegistry::scan(&paths.models, &catalog));
    let mut cache = CompletionCache::new(cache_limits(&settings));
    if settings.cache.keep_on_disk {
        cache.restore(&paths.cache_file(), SystemTime::now());
    }
    let profile = Profile::load(&paths.profile_file(), settings.models.threads);
    let events = Events::new();
    let breakers = Context::breakers(&events);
    let context = Context {
        paths,
        catalog,
        loader,
        probe,
        host,
        events,
        breakers,
        settings: settings.into(),
        registry: registry.into(),
        metrics: Metrics::new().into(),
        profile: profile.into(),
        cache: cache.into(),
    };
    (context, problem)
}

fn cache_limits(settings: &Settings) -> CacheLimits {
    CacheLimits {
        max_bytes: settings.cache.max_kb * 1024,
        max_age: Duration::from_secs(settings.cache.max_age_minutes * 60),
    }
}
