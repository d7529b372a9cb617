//! Loading in the background: one model at a time, so that its size can be measured and the budget
//! holds at every moment. Servers, which take no memory, are connected to beside that.

use std::time::Duration;

use pounce_engine::LoadOptions;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::breakers::{Outcome, Permit};
use super::memory::{Shortage, return_freed_memory};
use super::model_pool::ModelPool;
use super::model_state::{ModelState, UnloadReason};
use super::state::Slot;
use super::worker::{LoadFailure, LoadReport, Worker};
use crate::events::Event;
use crate::metrics::Counter;
use pounce_models::catalog::ModelId;
use pounce_models::registry::InstalledModel;

/// A load that takes longer is abandoned, with its thread.
const LOAD_LIMIT: Duration = Duration::from_secs(60);

/// Pause before looking again at models that another task is unloading.
const RETRY_AFTER: Duration = Duration::from_millis(10);

/// Why a load ended without a model.
enum Failure {
    Shortage(Shortage),
    /// The breaker is open, or the model is not installed.
    Refused(&'static str),
    Engine(String),
    Crashed,
    TimedOut,
}

impl Failure {
    fn message(&self) -> String {
        match self {
            Self::Shortage(shortage) => shortage.to_string(),
            Self::Refused(reason) => (*reason).to_owned(),
            Self::Engine(message) => message.clone(),
            Self::Crashed => "it crashed while loading".to_owned(),
            Self::TimedOut => format!("it was not loaded after {} s", LOAD_LIMIT.as_secs()),
        }
    }
}

/// What was loaded, as it was wanted when its load began.
struct Loaded {
    model: InstalledModel,
    options: LoadOptions,
}

/// The loading task. It ends when the pool is shut down.
pub(crate) async fn load_in_turn(pool: ModelPool, mut queue: mpsc::UnboundedReceiver<ModelId>) {
    while let Some(id) = queue.recv().await {
        // It may have been unloaded meanwhile, or queued twice.
        if !pool.is_open() || !pool.begin_load(&id) {
            continue;
        }
        let is_remote = pool.context().installed(&id).is_some_and(|model| model.remote.is_some());
        if is_remote {
            // A server takes no memory to measure, and a silent one must not keep the models of this
            // machine waiting.
            let loading = pool.clone();
            pool.spawn(async move { loading.load(&id).await });
        } else {
            pool.load(&id).await;
        }
    }
}

impl ModelPool {
    /// Takes a model out of the queue; false if it is not queued.
    fn begin_load(&self, id: &ModelId) -> bool {
        self.set_state_if(id, ModelState::Loading, |slot| slot.state == ModelState::Queued)
    }

    /// Loads a model, and loads it again if its settings changed meanwhile.
    async fn load(&self, id: &ModelId) {
        loop {
            let started = Instant::now();
            match self.try_load(id).await {
                Ok(loaded) if self.is_as_wanted(&loaded) && self.finish_load(id, started) => return,
                Ok(_) if self.unload_loading(id).await => {}
                // Another task has unloaded it, and decided what comes next.
                Ok(_) => return,
                Err(failure) => return self.note_failure(id, &failure),
            }
        }
    }

    /// Whether a loaded model is still as the settings want it: a server may have got another address
    /// or been turned off, and the device or the number of threads may have changed.
    fn is_as_wanted(&self, loaded: &Loaded) -> bool {
        let Loaded { model, options } = loaded;
        let now = self.context().installed(&model.id);
        now.is_some_and(|now| now == *model && self.load_options(&now) == *options)
    }

    /// Lets a loaded model answer; false if it has been unloaded already.
    fn finish_load(&self, id: &ModelId, started: Instant) -> bool {
        let is_there = |slot: &Slot| slot.state == ModelState::Loading && slot.worker.is_some();
        let is_warm = self.set_state_if(id, ModelState::Warm, is_there);
        if is_warm {
            tracing::info!(model = %id, took_ms = started.elapsed().as_millis(), "loaded");
            self.context().count(Counter::Loads);
        }
        is_warm
    }

    async fn try_load(&self, id: &ModelId) -> Result<Loaded, Failure> {
        let context = self.context();
        let model = context.installed(id).ok_or(Failure::Refused("it is not installed"))?;
        let permit = context.breakers.try_acquire(id);
        let permit =
            permit.ok_or(Failure::Refused("it failed too often and is left alone for a while"))?;
        self.make_room(&model).await.map_err(Failure::Shortage)?;
        let options = self.load_options(&model);
        let loaded = self.start_worker(&model, options).await;
        settle(permit, &loaded);
        self.note_report(&model, loaded?);
        self.enforce_budget(&model).await?;
        Ok(Loaded { model, options })
    }

    /// How a model is to be loaded now.
    fn load_options(&self, model: &InstalledModel) -> LoadOptions {
        let device = self.context().settings().models.device;
        self.context().measurements.update(|profile| profile.begin_load(model, device))
    }

    /// Evicts models until the new one fits, then reserves its memory.
    async fn make_room(&self, model: &InstalledModel) -> Result<(), Shortage> {
        loop {
            self.refresh_readings().await;
            let Some(to_evict) = self.reserve(model)? else { return Ok(()) };
            let mut n_evicted = 0;
            for id in to_evict {
                n_evicted += usize::from(self.unload(&id, UnloadReason::Evicted).await);
            }
            if n_evicted == 0 {
                // Another task is unloading them already.
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }

    /// Reserves the model's memory if there is room; else returns which models to evict first.
    fn reserve(&self, model: &InstalledModel) -> Result<Option<Vec<ModelId>>, Shortage> {
        let bytes = self.context().measurements.expected_bytes(model);
        self.with_state(|state| {
            // The same model, just unloaded, stays in the ledger until its memory is free.
            if state.ledger.get(&model.id).is_some() {
                return Ok(Some(Vec::new()));
            }
            let to_evict = state.plan_eviction(bytes)?;
            if to_evict.is_empty() {
                state.ledger.reserve(model.id.clone(), bytes, Instant::now());
                return Ok(None);
            }
            Ok(Some(to_evict))
        })
    }

    /// Starts the model's worker and measures how much memory the model takes.
    async fn start_worker(
        &self,
        model: &InstalledModel,
        options: LoadOptions,
    ) -> Result<LoadReport, Failure> {
        let context = self.context();
        let before = context.read_memory().await.process_bytes;
        let started = Instant::now();
        let worker = Worker::start(context.host, context.loader.clone(), model.clone(), options);
        let (worker, ready) = worker.map_err(|error| {
            self.with_state(|state| state.ledger.remove(&model.id));
            Failure::Engine(format!("no thread to load it: {error}"))
        })?;
        let Ok(loaded) = timeout(LOAD_LIMIT, ready).await else {
            self.abandon(&model.id, worker.end());
            return Err(Failure::TimedOut);
        };
        let report = match loaded.unwrap_or(Err(LoadFailure::Crashed)) {
            Ok(report) => report,
            Err(failure) => return Err(self.clean_up(&model.id, worker, failure).await),
        };
        let after = context.read_memory().await.process_bytes;
        self.note_size(model, after.saturating_sub(before), started.elapsed());
        self.with_state(|state| {
            let slot = state.slots.entry(model.id.clone()).or_default();
            (slot.worker, slot.read) = (Some(worker), None);
        });
        Ok(report)
    }

    /// Keeps what the first run showed, and logs where the model runs if not on the wanted device.
    fn note_report(&self, model: &InstalledModel, report: LoadReport) {
        let LoadReport { run, device_fallback_reason } = report;
        if let Some(why) = &device_fallback_reason {
            tracing::warn!(model = %model.id, why, "it runs on the processor");
        }
        self.context().measurements.update(|profile| {
            if let Some(run) = run {
                profile.note_run(model, &run);
            }
            profile.note_device_fallback(model, device_fallback_reason);
        });
    }

    /// Keeps the measured size. At least half of the files' size counts: an allocator that reuses the
    /// memory of an earlier model makes the next one seem small.
    fn note_size(&self, model: &InstalledModel, growth: u64, took: Duration) {
        let bytes = if model.remote.is_some() { 0 } else { growth.max(model.disk_bytes / 2) };
        self.context().measurements.update(|profile| profile.note_load(model, bytes, took));
    }

    /// Ends the worker of a failed load and frees the memory that was reserved.
    async fn clean_up(&self, id: &ModelId, worker: Worker, failure: LoadFailure) -> Failure {
        worker.end().await;
        self.with_state(|state| state.ledger.remove(id));
        return_freed_memory().await;
        match failure {
            LoadFailure::Engine(error) => Failure::Engine(error.to_string()),
            LoadFailure::Crashed => Failure::Crashed,
        }
    }

    /// Enters the measured size and evicts models, the new one last, until the budget holds.
    async fn enforce_budget(&self, model: &InstalledModel) -> Result<(), Failure> {
        let (context, id) = (self.context(), &model.id);
        let bytes = context.measurements.expected_bytes(model);
        let (pinned, default) = (context.pinned_model(), context.default_model());
        let to_evict = self.with_state(|state| {
            state.ledger.end_use(id, Instant::now());
            state.ledger.mark(pinned.as_ref(), default.as_ref());
            state.ledger.correct(id, bytes)
        });
        for evicted in &to_evict {
            let is_itself = evicted == id;
            let reason = if is_itself { UnloadReason::TooLarge } else { UnloadReason::Evicted };
            self.unload(evicted, reason).await;
        }
        if to_evict.contains(id) {
            let (budget, held, _) = self.memory();
            return Err(Failure::Shortage(Shortage::Budget { needed: bytes, budget, held }));
        }
        Ok(())
    }

    fn note_failure(&self, id: &ModelId, failure: &Failure) {
        let context = self.context();
        if let Failure::Shortage(shortage) = failure {
            context.events.send(Event::LoadRefused { id: id.clone(), shortage: *shortage });
        }
        let message = failure.message();
        tracing::warn!(model = %id, message, "not loaded");
        context.count(Counter::LoadFailures);
        self.set_state(id, ModelState::Failed { message });
    }
}

/// Reports a load to the model's breaker. A success says only that a request may probe.
fn settle(permit: Permit, loaded: &Result<LoadReport, Failure>) {
    permit.settle(if loaded.is_ok() { Outcome::Neutral } else { Outcome::Crash });
}
