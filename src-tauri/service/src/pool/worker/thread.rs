//! [`Worker`]: the one owner of one model. It loads the model, runs its jobs one after the other,
//! and drops it at the end; nothing else ever touches the model.
//!
//! In production a worker is a thread. In tests of fake engines it is a task, so that their paused
//! time holds for it too. A panic of the engine ends the worker, not the process.

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use futures_util::FutureExt;
use pounce_engine::LoadOptions;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::Instrument;

use super::host::Host;
use super::job::{Job, RunEnd, perform};
use super::startup::{LoadFailure, LoadReport, load_and_measure};
use crate::engines::{Engine, EngineLoader};
use pounce_models::registry::InstalledModel;
use pounce_models::sync::spawn_blocking;

/// How the name of every model's thread begins. Panics of such threads are printed without their
/// message.
pub(crate) const THREAD_NAME: &str = "model ";

/// The handle of a running worker. Dropping it lets the worker end after its jobs.
#[derive(Debug)]
pub(crate) struct Worker {
    jobs: mpsc::UnboundedSender<Job>,
    /// Closed when the worker has dropped its model.
    ended: watch::Receiver<()>,
    /// Set when the worker is to end: from then on a server is sent nothing more.
    is_ending: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Receives what loading the model came to.
pub(crate) type Ready = oneshot::Receiver<Result<LoadReport, LoadFailure>>;

impl Worker {
    /// Starts loading a model.
    ///
    /// # Errors
    /// What the system said, if it has no thread to spare.
    pub(crate) fn start(
        host: Host,
        loader: Arc<dyn EngineLoader>,
        model: InstalledModel,
        options: LoadOptions,
    ) -> io::Result<(Self, Ready)> {
        let (jobs, queue) = mpsc::unbounded_channel();
        let (ready, is_ready) = oneshot::channel();
        let (alive, ended) = watch::channel(());
        let name = format!("{THREAD_NAME}{}", model.id);
        let is_ending = Arc::<AtomicBool>::default();
        let queue = JobQueue { jobs: queue, is_ending: Arc::clone(&is_ending) };
        let body = async move {
            serve(&*loader, &model, options, ready, queue).await;
            drop(alive);
        };
        let runtime = Handle::current();
        let thread = match host {
            Host::Threads => {
                Some(thread::Builder::new().name(name).spawn(move || runtime.block_on(body))?)
            }
            Host::Tasks => {
                runtime.spawn(body);
                None
            }
        };
        Ok((Self { jobs, ended, is_ending, thread }, is_ready))
    }

    /// Sends jobs to this worker, for as long as it lives.
    pub(crate) fn jobs(&self) -> mpsc::UnboundedSender<Job> {
        self.jobs.clone()
    }

    /// Waits until the model is dropped, which is after the job that runs.
    pub(crate) async fn end(self) {
        let Self { jobs, mut ended, is_ending, thread } = self;
        is_ending.store(true, Ordering::Release);
        drop(jobs);
        while ended.changed().await.is_ok() {}
        // The body is done: joining waits for the thread's last instructions only, but on a machine
        // that is short of cores those may be long in coming.
        if let Some(thread) = thread {
            let _ = spawn_blocking(move || thread.join()).await;
        }
    }
}

/// The jobs that a worker still has to do.
struct JobQueue {
    jobs: mpsc::UnboundedReceiver<Job>,
    is_ending: Arc<AtomicBool>,
}

impl JobQueue {
    /// Whether a job whose turn has come is still wanted.
    fn is_wanted(&self, job: &Job, model: &InstalledModel) -> bool {
        let is_turned_off = model.remote.is_some() && self.is_ending.load(Ordering::Acquire);
        !job.run.cancel.is_cancelled() && !is_turned_off
    }
}

/// The life of a worker: loads, serves jobs, drops the model.
async fn serve(
    loader: &dyn EngineLoader,
    model: &InstalledModel,
    options: LoadOptions,
    ready: oneshot::Sender<Result<LoadReport, LoadFailure>>,
    mut queue: JobQueue,
) {
    let load = AssertUnwindSafe(load_and_measure(loader, model, options)).catch_unwind();
    let (mut engine, report) = match load.await {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(error)) => return drop(ready.send(Err(LoadFailure::Engine(error)))),
        Err(_) => return drop(ready.send(Err(LoadFailure::Crashed))),
    };
    // The receiver is gone if the load took too long.
    if ready.send(Ok(report)).is_err() {
        return;
    }
    while let Some(job) = queue.jobs.recv().await {
        // Set before the token is read: a caller that cancels a run and then finds it not started
        // knows that it never will be.
        job.is_started.store(true, Ordering::SeqCst);
        if !queue.is_wanted(&job, model) {
            job.is_started.store(false, Ordering::SeqCst);
            let _ = job.reply.send(RunEnd::Skipped);
            continue;
        }
        let (end, reply) = run_job(&mut *engine, job).await;
        if matches!(end, RunEnd::Crashed) {
            // What a panic left behind may panic again when dropped; neither may end the process.
            let _ = std::panic::catch_unwind(AssertUnwindSafe(move || drop(engine)));
            return drop(reply.send(end));
        }
        let _ = reply.send(end);
    }
}

/// Runs one job; returns its end and where to send it.
async fn run_job(engine: &mut dyn Engine, job: Job) -> (RunEnd, oneshot::Sender<RunEnd>) {
    let Job { run, task, reply, span, .. } = job;
    let work = AssertUnwindSafe(perform(engine, &run, task).instrument(span)).catch_unwind();
    (work.await.unwrap_or(RunEnd::Crashed), reply)
}
