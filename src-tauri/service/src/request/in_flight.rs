//! [`Flight`]: one run on its way through a worker. Whatever ends the wait for it (an answer, the
//! deadline, a caller who left), the run is told to stop and is watched until it has: nothing hangs
//! unseen.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use pounce_engine::CancelToken;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Span;

use crate::breaker::Outcome;
use crate::breaker_board::Permit;
use crate::completion::CompletionSource;
use crate::context::{Context, lock};
use crate::deadline::Deadline;
use crate::engine::Run;
use crate::metrics::Counter;
use crate::pace::Pace;
use crate::pool::{GIVE_UP_AFTER, Lease, ModelPool, STOP_LIMIT};
use crate::registry::InstalledModel;
use crate::worker::{Job, Progress, RunEnd, Task};

/// One run on its way.
pub(crate) struct Flight {
    context: Arc<Context>,
    pool: ModelPool,
    model: InstalledModel,
    cancel: CancelToken,
    progress: Arc<Mutex<Progress>>,
    /// Set by the worker when the run's turn comes.
    is_started: Arc<AtomicBool>,
    permit: Option<Permit>,
    /// `None` once it has landed.
    pending: Option<(Lease, oneshot::Receiver<RunEnd>)>,
}

impl Flight {
    /// Sends a completion to its model; `None` if the model has just left memory.
    pub(crate) fn complete(
        pool: &ModelPool,
        model: InstalledModel,
        run: Run,
        deadline: Deadline,
        permit: Permit,
    ) -> Option<Self> {
        let context = pool.context();
        let time_per_token =
            lock(&context.profile).get(&model).speed.map(|speed| speed.decode_per_token());
        let pace = Pace::new(run.prompt.mode, time_per_token);
        let progress = Arc::<Mutex<Progress>>::default();
        let task = Task::Generate { pace, deadline, progress: Arc::clone(&progress) };
        Self::start(pool, model, run, task, Some(permit), progress)
    }

    /// Sends a prompt to be read ahead; `None` if the model is not in memory.
    pub(crate) fn prepare(pool: &ModelPool, model: InstalledModel, run: Run) -> Option<Self> {
        Self::start(pool, model, run, Task::Prepare, None, Arc::default())
    }

    fn start(
        pool: &ModelPool,
        model: InstalledModel,
        run: Run,
        task: Task,
        permit: Option<Permit>,
        progress: Arc<Mutex<Progress>>,
    ) -> Option<Self> {
        let lease = pool.lease(&model.id)?;
        let cancel = run.cancel.clone();
        let (reply, answer) = oneshot::channel();
        let is_started = Arc::<AtomicBool>::default();
        let job =
            Job { run, task, is_started: Arc::clone(&is_started), reply, span: Span::current() };
        lease.submit(job);
        let (context, pool) = (pool.context(), pool.clone());
        Some(Self {
            context,
            pool,
            model,
            cancel,
            progress,
            is_started,
            permit,
            pending: Some((lease, answer)),
        })
    }

    /// Waits for the run to end. Dropping the wait loses nothing.
    pub(crate) async fn land(&mut self) -> RunEnd {
        let Some((_, answer)) = &mut self.pending else { return RunEnd::Crashed };
        let end = answer.await.unwrap_or(RunEnd::Crashed);
        let Some((lease, _)) = self.pending.take() else { return end };
        match &end {
            RunEnd::Generated(run) => lock(&self.context.profile).note_run(&self.model, run),
            RunEnd::Crashed => {
                self.settle(Outcome::Crash);
                self.pool.note_crash(lease);
            }
            RunEnd::Prepared | RunEnd::Skipped | RunEnd::Failed(_) => {}
        }
        end
    }

    /// Whether its turn came. One that is waited for no longer gets none from now on.
    pub(crate) fn was_started(&self) -> bool {
        if self.pending.is_some() {
            self.cancel.cancel();
        }
        self.is_started.load(Ordering::SeqCst)
    }

    /// Who answers.
    pub(crate) fn source(&self) -> CompletionSource {
        let id = self.model.id.clone();
        match self.model.remote {
            Some(_) => CompletionSource::Remote(id),
            None => CompletionSource::Model(id),
        }
    }

    /// The text so far and its tokens.
    pub(crate) fn progress(&self) -> (String, usize) {
        let progress = lock(&self.progress);
        (progress.text.clone(), progress.n_tokens)
    }

    /// Tells the model's breaker what became of it. Without this it counts as cancelled.
    pub(crate) fn settle(&mut self, outcome: Outcome) {
        if let Some(permit) = self.permit.take() {
            permit.settle(outcome);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some((lease, answer)) = self.pending.take() {
            self.cancel.cancel();
            let (context, pool) = (Arc::clone(&self.context), self.pool.clone());
            let is_started = Arc::clone(&self.is_started);
            self.pool.spawn(watch_stop(context, pool, lease, is_started, answer));
        }
    }
}

/// Waits for a cancelled run. One that does not stop is counted, and at last given up; one whose
/// turn has not come is not to blame for that, nor is its model: the worker will skip it.
async fn watch_stop(
    context: Arc<Context>,
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
        context.count(Counter::StuckRuns);
        stopped = timeout(GIVE_UP_AFTER, &mut answer).await;
    }
    pool.mark_stopping(&lease, false);
    match stopped {
        Ok(Ok(RunEnd::Crashed) | Err(_)) => {
            context.breakers.record(&lease.id, Outcome::Crash);
            pool.note_crash(lease);
        }
        Ok(Ok(_)) => {}
        Err(_) => {
            tracing::error!(model = %lease.id, "a run never came back; its thread is given up");
            context.breakers.record(&lease.id, Outcome::Crash);
            pool.give_up(lease);
        }
    }
}
