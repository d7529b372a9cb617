//! Loading in the background: one model at a time, so that its size can be measured and the budget
//! holds at every moment. Servers, which take no memory, are connected to beside that.

use std::time::Duration;

use pounce_engine::LoadOptions;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::{ModelPool, Slot};
use crate::breaker::Outcome;
use crate::breaker_board::Permit;
use crate::catalog::ModelId;
use crate::context::lock;
use crate::events::{Departure, Event, ModelState};
use crate::memory::Shortage;
use crate::metrics::Counter;
use crate::registry::InstalledModel;
use crate::worker::{Arrival, LoadFailure, Worker};

/// A load that takes longer is given up, with its thread.
const LOAD_LIMIT: Duration = Duration::from_secs(60);

/// Between two looks at models that somebody else unloads.
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

/// A model that came up, as it was then.
struct Loaded {
    model: InstalledModel,
    options: LoadOptions,
}

/// The loading task: ends when the pool is shut down.
pub(super) async fn load_in_turn(pool: ModelPool, mut queue: mpsc::UnboundedReceiver<ModelId>) {
    while let Some(id) = queue.recv().await {
        let is_open = lock(&pool.0.loads).is_some();
        // Taken back meanwhile, or queued twice.
        if !is_open || !pool.begin_load(&id) {
            continue;
        }
        let is_remote = pool.0.context.installed(&id).is_some_and(|model| model.remote.is_some());
        if is_remote {
            // There is no memory to measure, and a server that is silent must not keep the models
            // of this machine waiting.
            let loading = pool.clone();
            pool.spawn(async move { loading.load(&id).await });
        } else {
            pool.load(&id).await;
        }
    }
}

impl ModelPool {
    /// Has a model loaded in the background, unless it is in memory or on its way.
    pub(crate) fn request_load(&self, id: &ModelId) {
        use ModelState::{Loading, Queued, Warm};
        if !self.set_state_if(id, Queued, |slot| !matches!(slot.state, Queued | Loading | Warm)) {
            return;
        }
        let is_sent =
            lock(&self.0.loads).as_ref().is_some_and(|loads| loads.send(id.clone()).is_ok());
        if !is_sent {
            self.set_state(id, ModelState::Absent);
        }
    }

    /// Takes a model out of the queue; false if it is not in there.
    fn begin_load(&self, id: &ModelId) -> bool {
        self.set_state_if(id, ModelState::Loading, |slot| slot.state == ModelState::Queued)
    }

    /// Loads a model as it is wanted at the end of the load: a change meanwhile has it loaded again.
    async fn load(&self, id: &ModelId) {
        loop {
            let started = Instant::now();
            match self.try_load(id).await {
                Ok(loaded) if self.is_as_wanted(&loaded) && self.finish_load(id, started) => return,
                Ok(_) if self.retire(id).await => {}
                // Somebody else has unloaded it, and seen to what comes next.
                Ok(_) => return,
                Err(failure) => return self.note_failure(id, &failure),
            }
        }
    }

    /// A server's new address counts from now on, one that was turned off is not asked, and a model
    /// runs where and with as many threads as the settings say.
    fn is_as_wanted(&self, loaded: &Loaded) -> bool {
        let Loaded { model, options } = loaded;
        let now = self.0.context.installed(&model.id);
        now.is_some_and(|now| now == *model && self.options(&now) == *options)
    }

    /// Has a model that came up answer; false if it was unloaded already.
    fn finish_load(&self, id: &ModelId, started: Instant) -> bool {
        let is_there = |slot: &Slot| slot.state == ModelState::Loading && slot.worker.is_some();
        let is_warm = self.set_state_if(id, ModelState::Warm, is_there);
        if is_warm {
            tracing::info!(model = %id, took_ms = started.elapsed().as_millis(), "loaded");
            self.0.context.count(Counter::Loads);
        }
        is_warm
    }

    async fn try_load(&self, id: &ModelId) -> Result<Loaded, Failure> {
        let context = &self.0.context;
        let model = context.installed(id).ok_or(Failure::Refused("it is not installed"))?;
        let permit = context.breakers.try_acquire(id);
        let permit =
            permit.ok_or(Failure::Refused("it failed too often and is left alone for a while"))?;
        self.make_room(&model).await.map_err(Failure::Shortage)?;
        let options = self.options(&model);
        let loaded = self.bring_up(&model, options).await;
        self.settle(permit, &loaded);
        self.note_arrival(&model, loaded?);
        self.find_place_for(&model).await?;
        Ok(Loaded { model, options })
    }

    /// How a model is to be loaded now.
    fn options(&self, model: &InstalledModel) -> LoadOptions {
        let context = &self.0.context;
        let device = lock(&context.settings).models.device;
        lock(&context.profile).begin_load(model, device)
    }

    /// Has models leave until there is room, and puts the new one into the books.
    async fn make_room(&self, model: &InstalledModel) -> Result<(), Shortage> {
        loop {
            self.refresh_readings().await;
            let Some(leaving) = self.reserve(model)? else { return Ok(()) };
            let mut n_departed = 0;
            for id in leaving {
                n_departed += usize::from(self.depart(&id, Departure::Evicted).await);
            }
            if n_departed == 0 {
                // They are leaving already: somebody else sees to it.
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }

    /// Puts the model into the books if there is room; else says who has to leave first.
    fn reserve(&self, model: &InstalledModel) -> Result<Option<Vec<ModelId>>, Shortage> {
        let bytes = lock(&self.0.context.profile).expected_bytes(model);
        let mut state = lock(&self.0.state);
        // Its predecessor, just unloaded, is in the books until its memory is free.
        if state.ledger.get(&model.id).is_some() {
            return Ok(Some(Vec::new()));
        }
        let leaving = state.plan(bytes)?;
        if leaving.is_empty() {
            state.ledger.reserve(model.id.clone(), bytes, Instant::now());
            return Ok(None);
        }
        Ok(Some(leaving))
    }

    /// Starts the model's worker and measures what the model takes.
    async fn bring_up(
        &self,
        model: &InstalledModel,
        options: LoadOptions,
    ) -> Result<Arrival, Failure> {
        let context = &self.0.context;
        let before = context.read_memory().await.process_bytes;
        let started = Instant::now();
        let worker = Worker::start(context.host, context.loader.clone(), model.clone(), options);
        let (worker, ready) = worker.map_err(|error| {
            lock(&self.0.state).ledger.remove(&model.id);
            Failure::Engine(format!("no thread to load it: {error}"))
        })?;
        let Ok(loaded) = timeout(LOAD_LIMIT, ready).await else {
            self.lose(&model.id, worker.end());
            return Err(Failure::TimedOut);
        };
        let arrival = match loaded.unwrap_or(Err(LoadFailure::Crashed)) {
            Ok(arrival) => arrival,
            Err(failure) => return Err(self.clear_away(&model.id, worker, failure).await),
        };
        let after = context.read_memory().await.process_bytes;
        self.note_size(model, after.saturating_sub(before), started.elapsed());
        let mut state = lock(&self.0.state);
        state.slots.entry(model.id.clone()).or_default().worker = Some(worker);
        Ok(arrival)
    }

    /// Keeps what the first run showed, and tells where the model runs, if not where it should.
    fn note_arrival(&self, model: &InstalledModel, arrival: Arrival) {
        let Arrival { run, refusal } = arrival;
        if let Some(why) = &refusal {
            tracing::warn!(model = %model.id, why, "it runs on the processor");
        }
        let mut profile = lock(&self.0.context.profile);
        if let Some(run) = run {
            profile.note_run(model, &run);
        }
        profile.note_refusal(model, refusal);
    }

    /// Corrects the books. At least half of the files' size counts: an allocator that reuses what
    /// an earlier model left makes the next one seem small.
    fn note_size(&self, model: &InstalledModel, growth: u64, took: Duration) {
        let bytes = if model.remote.is_some() { 0 } else { growth.max(model.disk_bytes / 2) };
        lock(&self.0.context.profile).note_load(model, bytes, took);
    }

    /// Takes a failed load's worker down and its room out of the books.
    async fn clear_away(&self, id: &ModelId, worker: Worker, failure: LoadFailure) -> Failure {
        worker.end().await;
        lock(&self.0.state).ledger.remove(id);
        crate::memory::return_freed_memory().await;
        match failure {
            LoadFailure::Engine(error) => Failure::Engine(error.to_string()),
            LoadFailure::Crashed => Failure::Crashed,
        }
    }

    /// Sees that the budget holds with the size that was measured.
    async fn find_place_for(&self, model: &InstalledModel) -> Result<(), Failure> {
        let (context, id) = (&self.0.context, &model.id);
        let bytes = lock(&context.profile).expected_bytes(model);
        let leaving = {
            let mut state = lock(&self.0.state);
            state.ledger.end_use(id, Instant::now());
            state.ledger.mark(context.pinned_model().as_ref(), context.default_model().as_ref());
            state.ledger.correct(id, bytes)
        };
        for leaver in &leaving {
            let departure = if leaver == id { Departure::TooLarge } else { Departure::Evicted };
            self.depart(leaver, departure).await;
        }
        if leaving.contains(id) {
            let (budget, held, _) = self.memory();
            return Err(Failure::Shortage(Shortage::Budget { needed: bytes, budget, held }));
        }
        Ok(())
    }

    /// Tells the breaker of a load. A success says only that a request may probe.
    fn settle(&self, permit: Permit, loaded: &Result<Arrival, Failure>) {
        permit.settle(if loaded.is_ok() { Outcome::Neutral } else { Outcome::Crash });
    }

    fn note_failure(&self, id: &ModelId, failure: &Failure) {
        let context = &self.0.context;
        let message = match failure {
            Failure::Shortage(shortage) => {
                context.events.send(Event::LoadRefused { id: id.clone(), shortage: *shortage });
                shortage.to_string()
            }
            Failure::Refused(reason) => (*reason).to_owned(),
            Failure::Engine(message) => message.clone(),
            Failure::Crashed => "it crashed while loading".to_owned(),
            Failure::TimedOut => format!("it was not loaded after {} s", LOAD_LIMIT.as_secs()),
        };
        tracing::warn!(model = %id, message, "not loaded");
        context.count(Counter::LoadFailures);
        self.set_state(id, ModelState::Failed { message });
    }
}
