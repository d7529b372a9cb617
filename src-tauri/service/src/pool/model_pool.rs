//! [`ModelPool`]: the models in memory, each with its worker. It loads in the background, one model
//! at a time ([`loading`]), and unloads for room, idleness, the machine or the user
//! ([`unloading`]). Who may be loaded and who has to leave is decided by the
//! [`MemoryLedger`].

mod loading;
mod unloading;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::catalog::ModelId;
use crate::context::{Context, lock};
use crate::events::{Event, ModelState};
use crate::memory::{MemoryLedger, Pressure, Readings, Resident, Shortage};
use crate::registry::InstalledModel;
use crate::router::{ModelView, Residency};
use crate::worker::{Job, Worker};

/// A cancelled run that has not stopped after this is called stuck. One decode step of the largest
/// models takes about as long.
pub(crate) const STOP_LIMIT: Duration = Duration::from_millis(100);
/// A stuck run that has not stopped after this is given up, with its thread.
pub(crate) const GIVE_UP_AFTER: Duration = Duration::from_secs(2);
/// Free memory that no load may touch.
const MACHINE_RESERVE: u64 = 64 << 20;

/// The models in memory. Clones share them.
#[derive(Clone)]
pub(crate) struct ModelPool(Arc<Inner>);

struct Inner {
    context: Arc<Context>,
    runtime: Handle,
    state: Mutex<PoolState>,
    /// Told after every change of `state`.
    changed: watch::Sender<()>,
    /// To the loading task. `None` once the pool is shut down.
    loads: Mutex<Option<mpsc::UnboundedSender<ModelId>>>,
}

struct PoolState {
    ledger: MemoryLedger,
    slots: HashMap<ModelId, Slot>,
    readings: Readings,
    pressure: Pressure,
}

#[derive(Default)]
struct Slot {
    state: ModelState,
    worker: Option<Worker>,
    /// Since when a cancelled run of it has not stopped.
    stopping_since: Option<Instant>,
}

impl ModelPool {
    /// An empty pool, and the task that loads, to be spawned by the caller.
    pub(crate) fn new(
        context: Arc<Context>,
        budget: u64,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (loads, queue) = mpsc::unbounded_channel();
        let readings = context.probe.read();
        let state = PoolState {
            ledger: MemoryLedger::new(budget),
            slots: HashMap::new(),
            readings,
            pressure: Pressure::of(&readings),
        };
        let pool = Self(Arc::new(Inner {
            context,
            runtime: Handle::current(),
            state: Mutex::new(state),
            changed: watch::Sender::new(()),
            loads: Mutex::new(Some(loads)),
        }));
        (pool.clone(), loading::load_in_turn(pool, queue))
    }

    /// What the pool shares with the rest of the service.
    pub(crate) fn context(&self) -> Arc<Context> {
        Arc::clone(&self.0.context)
    }

    /// Where a model is.
    pub(crate) fn state(&self, id: &ModelId) -> ModelState {
        let state = lock(&self.0.state);
        state.slots.get(id).map(|slot| slot.state.clone()).unwrap_or_default()
    }

    /// What models may take, what they take, and how the machine fares.
    pub(crate) fn memory(&self) -> (u64, u64, Pressure) {
        let state = lock(&self.0.state);
        (state.ledger.budget(), state.ledger.used(), state.pressure)
    }

    /// What one more model may take now without any other leaving.
    pub(crate) fn room_bytes(&self) -> u64 {
        let headroom_bytes = self.0.context.probe.read().headroom_bytes;
        let spare = headroom_bytes.saturating_sub(MACHINE_RESERVE);
        let state = lock(&self.0.state);
        spare.min(state.ledger.budget().saturating_sub(state.ledger.used()))
    }

    /// The models in the books, with their sizes.
    pub(crate) fn residents(&self) -> Vec<Resident> {
        lock(&self.0.state).ledger.residents().to_vec()
    }

    /// The installed models as the router sees them.
    pub(crate) fn views(&self) -> Vec<ModelView> {
        let installed = lock(&self.0.context.registry).installed().to_vec();
        let now = Instant::now();
        installed.iter().map(|model| self.view(model, now)).collect()
    }

    /// The right to run a model that is warm: while it is held, the model stays.
    pub(crate) fn lease(&self, id: &ModelId) -> Option<Lease> {
        let mut state = lock(&self.0.state);
        let slot = state.slots.get(id).filter(|slot| slot.state == ModelState::Warm)?;
        let jobs = slot.worker.as_ref()?.jobs();
        state.ledger.begin_use(id, Instant::now());
        Some(Lease { pool: self.clone(), id: id.clone(), jobs })
    }

    /// Waits until a model that is on its way has come up or failed. Returns where it is.
    pub(crate) async fn settled(&self, id: &ModelId) -> ModelState {
        let mut changes = self.0.changed.subscribe();
        loop {
            let state = self.state(id);
            if !matches!(state, ModelState::Queued | ModelState::Loading) {
                return state;
            }
            if changes.changed().await.is_err() {
                return state;
            }
        }
    }

    /// Notes that a cancelled run of the model is not back (`true`), or that it is. A worker that came
    /// after the run's is not concerned.
    pub(crate) fn mark_stopping(&self, lease: &Lease, is_stopping: bool) {
        let mut state = lock(&self.0.state);
        if let Some(slot) = state.slots.get_mut(&lease.id).filter(|slot| slot.serves(lease)) {
            slot.stopping_since = is_stopping.then(Instant::now);
        }
    }

    /// Spawns on the service's runtime, also from a thread outside of it.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.runtime.spawn(task);
    }

    /// Whether the lease is for the worker that serves its model now, not for one before it.
    fn is_current(&self, lease: &Lease) -> bool {
        lock(&self.0.state).slots.get(&lease.id).is_some_and(|slot| slot.serves(lease))
    }

    fn view(&self, model: &InstalledModel, now: Instant) -> ModelView {
        let context = &self.0.context;
        let (speed, expected) = {
            let profile = lock(&context.profile);
            (profile.get(model).speed, profile.expected_bytes(model))
        };
        let is_admitted = context.breakers.state(&model.id).admits(now);
        let residency = lock(&self.0.state).residency(&model.id, expected, now);
        ModelView {
            id: model.id.clone(),
            tier: model.tier,
            site: context.site(model),
            speed,
            max_prompt_tokens: model.max_prompt_tokens,
            residency,
            is_admitted,
        }
    }

    /// Changes where a model is, and says so.
    fn set_state(&self, id: &ModelId, new: ModelState) {
        self.set_state_if(id, new, |_| true);
    }

    /// The same, if its slot is as wanted; false if not. Looked at and changed under one lock, so that
    /// of several who want to change it one does.
    fn set_state_if(
        &self,
        id: &ModelId,
        new: ModelState,
        is_as_wanted: impl FnOnce(&Slot) -> bool,
    ) -> bool {
        let mut state = lock(&self.0.state);
        let slot = state.slots.entry(id.clone()).or_default();
        let is_changed = is_as_wanted(slot);
        if is_changed {
            self.enter_state(slot, id, new);
        }
        is_changed
    }

    /// Under the lock that gave the slot, so that nobody hears of two changes in the wrong order.
    fn enter_state(&self, slot: &mut Slot, id: &ModelId, new: ModelState) {
        slot.state = new.clone();
        self.0.changed.send_replace(());
        self.0.context.events.send(Event::ModelState { id: id.clone(), state: new });
    }
}

impl Slot {
    /// Whether the lease is for the worker that is here now.
    fn serves(&self, lease: &Lease) -> bool {
        self.worker.as_ref().is_some_and(|worker| worker.jobs().same_channel(&lease.jobs))
    }
}

impl PoolState {
    fn residency(&self, id: &ModelId, expected_bytes: u64, now: Instant) -> Residency {
        let slot = self.slots.get(id);
        let is_stuck =
            slot.and_then(|slot| slot.stopping_since).is_some_and(|since| now - since > STOP_LIMIT);
        match slot.map(|slot| &slot.state) {
            Some(ModelState::Warm) if is_stuck => Residency::Stuck,
            Some(ModelState::Warm) => Residency::Resident,
            Some(ModelState::Queued | ModelState::Loading) => Residency::Loading,
            // A failed load is tried again as soon as its breaker allows, so it counts as absent.
            Some(ModelState::Absent | ModelState::Failed { .. }) | None => {
                self.absence(expected_bytes)
            }
        }
    }

    fn absence(&self, expected_bytes: u64) -> Residency {
        match self.plan(expected_bytes) {
            Ok(leaving) if leaving.is_empty() => Residency::Absent,
            Ok(_) => Residency::AbsentWantsRoom,
            Err(shortage) => Residency::DoesNotFit(shortage),
        }
    }

    /// Who has to leave for a load, by the budget and by what the machine has.
    fn plan(&self, bytes: u64) -> Result<Vec<ModelId>, Shortage> {
        // What runs elsewhere takes no room, and is welcome above all where there is none.
        if bytes == 0 {
            return Ok(Vec::new());
        }
        let over_budget = self.ledger.excess_with(bytes)?;
        let spare = self.readings.headroom_bytes.saturating_sub(MACHINE_RESERVE);
        let missing = bytes.saturating_sub(spare);
        let leaving = self.ledger.leavers_worth(over_budget.max(missing));
        let available = spare + self.ledger.bytes_of(&leaving);
        if self.pressure > Pressure::None {
            return Err(Shortage::Pressure { needed: bytes });
        }
        if bytes > available {
            return Err(Shortage::Machine { needed: bytes, available });
        }
        Ok(leaving)
    }
}

/// The right to run one model, which stays in memory meanwhile.
pub(crate) struct Lease {
    pool: ModelPool,
    pub(crate) id: ModelId,
    jobs: mpsc::UnboundedSender<Job>,
}

impl Lease {
    /// Sends a job. If the worker is gone, the job's reply is dropped, which tells as much.
    pub(crate) fn submit(&self, job: Job) {
        let _ = self.jobs.send(job);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.pool.is_current(self) {
            lock(&self.pool.0.state).ledger.end_use(&self.id, Instant::now());
        }
        let idle = lock(&self.pool.0.context.settings).memory.idle_unload;
        if idle.after() == Some(Duration::ZERO) {
            let pool = self.pool.clone();
            self.pool.spawn(async move { pool.unload_idle().await });
        }
    }
}
