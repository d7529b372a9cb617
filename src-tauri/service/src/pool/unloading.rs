//! Unloading: to make room, when idle, when the machine is short of memory, on request, and after a
//! crash.

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::lease::Lease;
use super::memory::{Pressure, return_freed_memory};
use super::model_pool::ModelPool;
use super::model_state::{ModelState, UnloadReason};
use super::state::{ABANDON_AFTER, Slot};
use super::worker::Worker;
use crate::events::Event;
use crate::metrics::Counter;
use pounce_models::catalog::ModelId;

impl ModelPool {
    /// Unloads a model and waits until its memory is free; false if it is not in memory.
    pub(crate) async fn unload(&self, id: &ModelId, reason: UnloadReason) -> bool {
        let Some(worker) = self.take_worker(id, |_| true) else { return false };
        // The task is never aborted; it ends early only with the runtime.
        self.spawn_unload(id, worker, reason).await.is_ok()
    }

    /// Frees the memory of a worker that was taken out, in a task of its own: a caller that stops
    /// waiting must not leave the ledger wrong.
    fn spawn_unload(&self, id: &ModelId, worker: Worker, reason: UnloadReason) -> JoinHandle<()> {
        let (pool, id) = (self.clone(), id.clone());
        self.spawn(async move { pool.free(&id, worker, reason).await })
    }

    /// Unloads a model that was loaded with settings that have changed since; its load goes on. False
    /// if another task has unloaded it.
    pub(super) async fn unload_loading(&self, id: &ModelId) -> bool {
        let worker = self.with_state(|state| {
            let slot = state.slots.get_mut(id).filter(|slot| slot.state == ModelState::Loading);
            slot.and_then(|slot| slot.worker.take())
        });
        let Some(worker) = worker else { return false };
        self.free(id, worker, UnloadReason::Asked).await;
        true
    }

    async fn free(&self, id: &ModelId, worker: Worker, reason: UnloadReason) {
        let mut ended = Box::pin(worker.end());
        // A run that goes on has until its deadline.
        let limit = self.context().settings().time_limits().maximum + ABANDON_AFTER;
        // The memory counts as taken until it is free: a load must not use it before.
        match timeout(limit, &mut ended).await {
            Ok(()) => drop(self.with_state(|state| state.ledger.remove(id))),
            Err(_) => self.abandon(id, ended),
        }
        return_freed_memory().await;
        self.note_unload(id, reason);
    }

    /// Cleans up after a panic, which has ended the worker.
    pub(crate) fn note_crash(&self, lease: Lease) {
        let worker = self.take_worker(&lease.id, |slot| slot.is_served_by(&lease.jobs));
        let id = lease.id.clone();
        drop(lease);
        if let Some(worker) = worker {
            self.spawn_unload(&id, worker, UnloadReason::Crashed);
            self.context().count(Counter::Crashes);
        }
    }

    /// Abandons a model whose run does not come back.
    pub(crate) fn abandon_stuck(&self, lease: Lease) {
        let id = lease.id.clone();
        let worker = self.take_worker(&id, |slot| slot.is_served_by(&lease.jobs));
        drop(lease);
        if let Some(worker) = worker {
            self.abandon(&id, worker.end());
            self.note_unload(&id, UnloadReason::Lost);
        }
    }

    /// Stops waiting for a worker. Its memory counts as taken until it has ended, if ever.
    pub(super) fn abandon(&self, id: &ModelId, ended: impl Future<Output = ()> + Send + 'static) {
        self.context().count(Counter::LostThreads);
        let bytes = self.with_state(|state| state.ledger.abandon(id));
        let pool = self.clone();
        self.spawn(async move {
            ended.await;
            pool.with_state(|state| state.ledger.recover(bytes));
            return_freed_memory().await;
        });
    }

    /// Unloads models that were not used for the time that the settings allow.
    pub(crate) async fn unload_idle(&self) {
        let Some(limit) = self.context().settings().memory.idle_unload.after() else { return };
        let idle = self.with_state(|state| state.ledger.idle(limit, Instant::now()));
        self.unload_all(&idle, UnloadReason::Idle).await;
    }

    /// Measures the machine's memory, and unloads models if it is short.
    pub(crate) async fn respond_to_pressure(&self) {
        let (before, now) = self.refresh_readings().await;
        if now != before {
            self.context().events.send(Event::Pressure(now));
        }
        if now > Pressure::None {
            let is_critical = now == Pressure::Critical;
            let dispensable = self.with_state(|state| state.ledger.dispensable(is_critical));
            self.unload_all(&dispensable, UnloadReason::Pressure).await;
        }
    }

    /// Changes the budget, in bytes, and evicts models until it holds.
    pub(crate) async fn set_budget(&self, budget: u64) {
        let to_evict = self.with_state(|state| state.ledger.set_budget(budget));
        self.unload_all(&to_evict, UnloadReason::Evicted).await;
    }

    /// Counts the memory of the index of the projects, in bytes, and evicts models for it.
    pub(crate) async fn set_index_bytes(&self, bytes: u64) {
        let to_evict = self.with_state(|state| state.ledger.set_index_bytes(bytes));
        self.unload_all(&to_evict, UnloadReason::Evicted).await;
    }

    /// Marks the pinned and the default model, which the ledger keeps longer than others.
    pub(crate) fn mark_kept(&self) {
        let context = self.context();
        let (pinned, default) = (context.pinned_model(), context.default_model());
        self.with_state(|state| state.ledger.mark(pinned.as_ref(), default.as_ref()));
    }

    /// Unloads everything, after [`close`](Self::close) and the loading task's end. Returns how many
    /// threads did not end in time.
    pub(crate) async fn shut_down(&self) -> usize {
        let ids: Vec<ModelId> = self.with_state(|state| state.slots.keys().cloned().collect());
        let mut n_lost = 0;
        for id in ids {
            let Some(worker) = self.take_worker(&id, |_| true) else { continue };
            let has_ended = timeout(ABANDON_AFTER, worker.end()).await.is_ok();
            n_lost += usize::from(!has_ended);
        }
        n_lost
    }

    /// Measures the memory; returns the pressure before and now.
    pub(super) async fn refresh_readings(&self) -> (Pressure, Pressure) {
        let readings = self.context().read_memory().await;
        self.with_state(|state| {
            state.readings = readings;
            let before = std::mem::replace(&mut state.pressure, Pressure::of(&readings));
            (before, state.pressure)
        })
    }

    async fn unload_all(&self, ids: &[ModelId], reason: UnloadReason) {
        for id in ids {
            self.unload(id, reason).await;
        }
    }

    /// Takes a worker out if `condition` holds for its slot. From then on the model is absent and
    /// cannot be leased.
    fn take_worker(&self, id: &ModelId, condition: impl FnOnce(&Slot) -> bool) -> Option<Worker> {
        self.with_state(|state| {
            let slot = state.slots.get_mut(id).filter(|slot| condition(slot))?;
            let worker = slot.worker.take()?;
            slot.stopping_since = None;
            self.enter_state(slot, id, ModelState::Absent);
            Some(worker)
        })
    }

    fn note_unload(&self, id: &ModelId, reason: UnloadReason) {
        tracing::info!(model = %id, ?reason, "unloaded");
        if matches!(reason, UnloadReason::Evicted | UnloadReason::Idle | UnloadReason::Pressure) {
            self.context().count(Counter::Evictions);
        }
        self.context().events.send(Event::Unloaded { id: id.clone(), reason });
    }
}
