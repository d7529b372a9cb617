//! Unloading: for room, for idleness, for the machine, on request, and after a crash.

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::{GIVE_UP_AFTER, Lease, ModelPool, Slot};
use crate::catalog::ModelId;
use crate::context::lock;
use crate::events::{Departure, Event, ModelState};
use crate::memory::{Pressure, return_freed_memory};
use crate::metrics::Counter;
use crate::worker::Worker;

impl ModelPool {
    /// Unloads a model; waits until its memory is free. False if it is not in memory.
    pub(crate) async fn depart(&self, id: &ModelId, departure: Departure) -> bool {
        let Some(departing) = self.begin_departure(id, departure) else { return false };
        // The task is never aborted; it ends early only with the runtime.
        departing.await.is_ok()
    }

    /// Takes a model out of service at once; the task frees its memory. A task of its own, because
    /// a caller who stops waiting must not leave the books half written.
    fn begin_departure(&self, id: &ModelId, departure: Departure) -> Option<JoinHandle<()>> {
        let worker = self.take_worker(id, |_| true)?;
        Some(self.see_off(id, worker, departure))
    }

    fn see_off(&self, id: &ModelId, worker: Worker, departure: Departure) -> JoinHandle<()> {
        let (pool, id) = (self.clone(), id.clone());
        let leaving = async move { pool.finish_departure(&id, worker, departure).await };
        self.0.runtime.spawn(leaving)
    }

    /// Unloads a model that came up, but not as it is wanted now; its load goes on. False if somebody
    /// else has unloaded it.
    pub(super) async fn retire(&self, id: &ModelId) -> bool {
        let worker = {
            let mut state = lock(&self.0.state);
            let slot = state.slots.get_mut(id).filter(|slot| slot.state == ModelState::Loading);
            slot.and_then(|slot| slot.worker.take())
        };
        let Some(worker) = worker else { return false };
        self.finish_departure(id, worker, Departure::Asked).await;
        true
    }

    async fn finish_departure(&self, id: &ModelId, worker: Worker, departure: Departure) {
        let mut ended = Box::pin(worker.end());
        // A run that goes on has until its deadline.
        let patience = lock(&self.0.context.settings).time_limits().maximum + GIVE_UP_AFTER;
        // In the books until it is really gone: a load must not count on its room before.
        match timeout(patience, &mut ended).await {
            Ok(()) => drop(lock(&self.0.state).ledger.remove(id)),
            Err(_) => self.lose(id, ended),
        }
        return_freed_memory().await;
        self.note_departure(id, departure);
    }

    /// Clears away after a panic: the worker is gone already.
    pub(crate) fn note_crash(&self, lease: Lease) {
        let worker = self.take_worker(&lease.id, |slot| slot.serves(&lease));
        let id = lease.id.clone();
        drop(lease);
        if let Some(worker) = worker {
            self.see_off(&id, worker, Departure::Crashed);
            self.0.context.count(Counter::Crashes);
        }
    }

    /// Gives a model up whose run does not come back.
    pub(crate) fn give_up(&self, lease: Lease) {
        let id = lease.id.clone();
        let worker = self.take_worker(&id, |slot| slot.serves(&lease));
        drop(lease);
        if let Some(worker) = worker {
            self.lose(&id, worker.end());
            self.note_departure(&id, Departure::Lost);
        }
    }

    /// Leaves a worker to itself. Its memory counts as taken until it comes back, if ever.
    pub(super) fn lose(&self, id: &ModelId, ended: impl Future<Output = ()> + Send + 'static) {
        self.0.context.count(Counter::LostThreads);
        let bytes = lock(&self.0.state).ledger.lose(id);
        let pool = self.clone();
        self.spawn(async move {
            ended.await;
            lock(&pool.0.state).ledger.recover(bytes);
            return_freed_memory().await;
        });
    }

    /// Unloads what nobody has asked for as long as the settings say.
    pub(crate) async fn unload_idle(&self) {
        let Some(limit) = lock(&self.0.context.settings).memory.idle_unload.after() else { return };
        let idle = lock(&self.0.state).ledger.idle(limit, Instant::now());
        self.depart_all(&idle, Departure::Idle).await;
    }

    /// Looks at the machine, and unloads if it is short of memory.
    pub(crate) async fn heed_pressure(&self) {
        let (before, now) = self.refresh_readings().await;
        if now != before {
            self.0.context.events.send(Event::Pressure(now));
        }
        if now > Pressure::None {
            let shed = lock(&self.0.state).ledger.sheddable(now == Pressure::Critical);
            self.depart_all(&shed, Departure::Pressure).await;
        }
    }

    /// Changes the budget; models leave for it.
    pub(crate) async fn set_budget(&self, budget: u64) {
        let leaving = lock(&self.0.state).ledger.set_budget(budget);
        self.depart_all(&leaving, Departure::Evicted).await;
    }

    /// Marks which models the user wants to keep.
    pub(crate) fn mark_kept(&self) {
        let context = &self.0.context;
        let (pinned, default) = (context.pinned_model(), context.default_model());
        lock(&self.0.state).ledger.mark(pinned.as_ref(), default.as_ref());
    }

    /// Takes no more loads; what is being loaded is finished.
    pub(crate) fn close(&self) {
        lock(&self.0.loads).take();
    }

    /// Unloads everything, after [`close`](Self::close) and the loading task's end. How many threads did not come back in time.
    pub(crate) async fn shut_down(&self) -> usize {
        let ids: Vec<ModelId> = lock(&self.0.state).slots.keys().cloned().collect();
        let mut n_lost = 0;
        for id in ids {
            let Some(worker) = self.take_worker(&id, |_| true) else { continue };
            let is_back = timeout(GIVE_UP_AFTER, worker.end()).await.is_ok();
            n_lost += usize::from(!is_back);
        }
        n_lost
    }

    /// Looks at the memory; the pressure before and now.
    pub(super) async fn refresh_readings(&self) -> (Pressure, Pressure) {
        let readings = self.0.context.read_memory().await;
        let mut state = lock(&self.0.state);
        state.readings = readings;
        let before = std::mem::replace(&mut state.pressure, Pressure::of(&readings));
        (before, state.pressure)
    }

    async fn depart_all(&self, ids: &[ModelId], departure: Departure) {
        for id in ids {
            self.depart(id, departure).await;
        }
    }

    /// Takes the worker out, if its slot is as wanted: nobody can lease it any more, and its model
    /// is absent from the same moment on.
    fn take_worker(
        &self,
        id: &ModelId,
        is_as_wanted: impl FnOnce(&Slot) -> bool,
    ) -> Option<Worker> {
        let mut state = lock(&self.0.state);
        let slot = state.slots.get_mut(id).filter(|slot| is_as_wanted(slot))?;
        let worker = slot.worker.take()?;
        slot.stopping_since = None;
        self.enter_state(slot, id, ModelState::Absent);
        Some(worker)
    }

    fn note_departure(&self, id: &ModelId, departure: Departure) {
        tracing::info!(model = %id, ?departure, "unloaded");
        if matches!(departure, Departure::Evicted | Departure::Idle | Departure::Pressure) {
            self.0.context.count(Counter::Evictions);
        }
        self.0.context.events.send(Event::Departed { id: id.clone(), departure });
    }
}
