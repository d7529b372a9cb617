//! [`InFlightRun`]: one run on its way through a worker. Whatever ends the wait for it (an answer,
//! the deadline, a caller that is gone), the run is told to stop and is watched until it has.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use pounce_engine::CancelToken;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Span;

use super::asked::Asked;
use crate::engines::Run;
use crate::metrics::Counter;
use crate::pool::breakers::{Outcome, Permit};
use crate::pool::worker::{Job, Progress, RunEnd, Search, Task};
use crate::pool::{ABANDON_AFTER, Lease, ModelPool, STOP_LIMIT};
use crate::request::deadline::Deadline;
use crate::request::pace::Pace;
use pounce_models::registry::InstalledModel;
use pounce_models::sync::lock;

/// One run on its way.
pub(crate) struct InFlightRun {
    pool: ModelPool,
    model: InstalledModel,
    cancel: CancelToken,
    progress: Arc<Mutex<Progress>>,
    /// Set by the worker when the run's turn comes.
    is_started: Arc<AtomicBool>,
    permit: Option<Permit>,
    /// `None` once the run has ended.
    pending: Option<(Lease, oneshot::Receiver<RunEnd>)>,
}

impl InFlightRun {
    /// Sends a completion to its model; `None` if the model has just been unloaded.
    pub(crate) fn complete(
        pool: &ModelPool,
        asked: &Asked,
        deadline: Deadline,
        permit: Permit,
    ) -> Option<Self> {
        let Asked { model, run } = asked.clone();
        let speed = pool.context().measurements.get(&model).speed;
        let pace = Pace::new(run.prompt.mode, speed.map(|speed| speed.decode_per_token()));
        let progress = Arc::<Mutex<Progress>>::default();
        let task = Task::Generate { pace, deadline, progress: Arc::clone(&progress) };
        let mut started = Self::start(pool, model, run, task)?;
        (started.permit, started.progress) = (Some(permit), progress);
        Some(started)
    }

    /// Has a model search for other completions; `None` if it has just been unloaded.
    pub(crate) fn search(pool: &ModelPool, asked: Asked, search: Search) -> Option<Self> {
        Self::start(pool, asked.model, asked.run, Task::Search(search))
    }

    /// Sends a prompt to be read ahead; `None` if the model is not in memory.
    pub(crate) fn prepare(pool: &ModelPool, asked: Asked) -> Option<Self> {
        Self::start(pool, asked.model, asked.run, Task::Prepare)
    }

    fn start(pool: &ModelPool, model: InstalledModel, mut run: Run, task: Task) -> Option<Self> {
        let lease = pool.lease(&model.id)?;
        run.config.form = pool.context().measurements.get(&model).form();
        let cancel = run.cancel.clone();
        let (reply, answer) = oneshot::channel();
        let is_started = Arc::<AtomicBool>::default();
        let span = Span::current();
        lease.submit(Job { run, task, is_started: Arc::clone(&is_started), reply, span });
        Some(Self {
            pool: pool.clone(),
            model,
            cancel,
            progress: Arc::default(),
            is_started,
            permit: None,
            pending: Some((lease, answer)),
        })
    }

    /// Waits for the run to end. The wait may be dropped and begun again.
    pub(crate) async fn wait(&mut self) -> RunEnd {
        let Some((_, answer)) = &mut self.pending else { return RunEnd::Crashed };
        let end = answer.await.unwrap_or(RunEnd::Crashed);
        let Some((lease, _)) = self.pending.take() else { return end };
        match &end {
            RunEnd::Generated(run) => self.pool.context().measurements.note_run(&self.model, run),
            RunEnd::Crashed => {
                self.settle(Outcome::Crash);
                self.pool.note_crash(lease);
            }
            RunEnd::Searched | RunEnd::Prepared | RunEnd::Skipped | RunEnd::Failed(_) => {}
        }
        end
    }

    /// Whether the run's turn came. Cancels a run that is still pending, so that a turn that has not
    /// come by now never does.
    pub(crate) fn was_started(&self) -> bool {
        if self.pending.is_some() {
            self.cancel.cancel();
        }
        self.is_started.load(Ordering::SeqCst)
    }

    /// The text so far, and how many tokens it has.
    pub(crate) fn progress(&self) -> (String, usize) {
        let progress = lock(&self.progress);
        (progress.text.clone(), progress.n_tokens)
    }

    /// Reports the outcome to the model's breaker. Without a report the run counts as cancelled.
    pub(crate) fn settle(&mut self, outcome: Outcome) {
        if let Some(permit) = self.permit.take() {
            permit.settle(outcome);
        }
    }
}

impl Drop for InFlightRun {
    fn drop(&mut self) {
        if let Some((lease, answer)) = self.pending.take() {
            self.cancel.cancel();
            let is_started = Arc::clone(&self.is_started);
            self.pool.spawn(watch_stop(self.pool.clone(), lease, is_started, answer));
        }
    }
}

/// Waits for a cancelled run to stop. One that does not is counted, and finally abandoned. A run
/// whose turn has not come is not stuck: the worker will skip it.
async fn watch_stop(
    pool: ModelPool,
    lease: Lease,
    is_started: Arc<AtomicBool>,
    mut answer: oneshot::Receiver<RunEnd>,
) {
    let was_started = || is_started.load(Ordering::SeqCst);
    pool.mark_stopping(&lease, was_started());
    let mut stopped = timeout(STOP_LIMIT, &mut answer).await;
    if stopped.is_err() && !was_started() {
        stopped = Ok(answer.await);
    } else if stopped.is_err() {
        tracing::warn!(model = %lease.id, "a run does not stop");
        pool.context().count(Counter::StuckRuns);
        stopped = timeout(ABANDON_AFTER, &mut answer).await;
    }
    pool.mark_stopping(&lease, false);
    match stopped {
        Ok(Ok(RunEnd::Crashed) | Err(_)) => {
            pool.context().breakers.record(&lease.id, Outcome::Crash);
            pool.note_crash(lease);
        }
        Ok(Ok(_)) => {}
        Err(_) => {
            tracing::error!(model = %lease.id, "a run never came back; its thread is abandoned");
            pool.context().breakers.record(&lease.id, Outcome::Crash);
            pool.abandon_stuck(lease);
        }
    }
}
