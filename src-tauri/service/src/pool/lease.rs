//! [`Lease`]: the right to run one model, which stays in memory meanwhile.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::model_pool::ModelPool;
use super::model_state::ModelState;
use super::worker::Job;
use pounce_models::catalog::ModelId;

/// The right to run one model. Dropping it lets the model be unloaded.
pub(crate) struct Lease {
    pool: ModelPool,
    pub(crate) id: ModelId,
    /// To the worker that the lease was given for; the pool may have another one by now.
    pub(super) jobs: mpsc::UnboundedSender<Job>,
}

impl Lease {
    /// Sends a job. If the worker is gone, the job's reply channel closes.
    pub(crate) fn submit(&self, job: Job) {
        let _ = self.jobs.send(job);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.with_state(|state| {
            let is_current =
                state.slots.get(&self.id).is_some_and(|slot| slot.is_served_by(&self.jobs));
            if is_current {
                state.ledger.end_use(&self.id, Instant::now());
            }
        });
        let idle = self.pool.context().settings().memory.idle_unload;
        if idle.after() == Some(Duration::ZERO) {
            let pool = self.pool.clone();
            self.pool.spawn(async move { pool.unload_idle().await });
        }
    }
}

impl ModelPool {
    /// The right to run a model; `None` unless it is warm.
    pub(crate) fn lease(&self, id: &ModelId) -> Option<Lease> {
        let jobs = self.with_state(|state| {
            let slot = state.slots.get(id).filter(|slot| slot.state == ModelState::Warm)?;
            let jobs = slot.worker.as_ref()?.jobs();
            state.ledger.begin_use(id, Instant::now());
            Some(jobs)
        })?;
        Some(Lease { pool: self.clone(), id: id.clone(), jobs })
    }

    /// Records whether a cancelled run is still stopping. Ignored if the worker has been replaced.
    pub(crate) fn mark_stopping(&self, lease: &Lease, is_stopping: bool) {
        self.with_state(|state| {
            let slot = state.slots.get_mut(&lease.id);
            if let Some(slot) = slot.filter(|slot| slot.is_served_by(&lease.jobs)) {
                slot.stopping_since = is_stopping.then(Instant::now);
            }
        });
    }
}
