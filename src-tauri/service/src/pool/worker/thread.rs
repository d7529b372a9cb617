//! [`Worker`]: the one owner of one model. It loads the model, runs its jobs one after the other,
//! and drops it at the end; nobody else ever touches it.
//!
//! In production a worker is a thread. In tests of fake engines it is a task, so that their paused
//! time holds for it too. A panic of the engine ends the worker, not the process.

use std::io;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use futures_util::FutureExt;
use pounce_engine::{
    CancelToken, Generation, GenerationConfig, Language, LoadOptions, Mode, Prompt, Segments, Step,
};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{Instrument, Span};

use crate::context::lock;
use crate::deadline::Deadline;
use crate::engine::{Engine, EngineLoader, Run, RunError};
use crate::pace::Pace;
use crate::registry::InstalledModel;
use crate::storage::off_the_runtime;

/// What workers run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// A thread each. Needed by engines that compute.
    Threads,
    /// A task each, for engines that only sleep: fakes under paused time.
    Tasks,
}

/// The beginning of every model thread's name; see [`crate::panics`].
pub(crate) const THREAD_NAME: &str = "model ";

/// A prompt that a load tries is no longer. Encoders read no more at once; a decoder reads longer
/// ones in pieces, and reading the 3,584 tokens that one with half a billion parameters takes made
/// its load last 38 s instead of 2.
const LONGEST_TRIAL: usize = 512;

/// One thing for a model to do.
pub(crate) struct Job {
    pub(crate) run: Run,
    pub(crate) task: Task,
    /// Set when its turn comes.
    pub(crate) is_started: Arc<AtomicBool>,
    /// Gets the end. Dropped without a word, the worker is gone.
    pub(crate) reply: oneshot::Sender<RunEnd>,
    pub(crate) span: Span,
}

/// What a job wants.
pub(crate) enum Task {
    /// A completion.
    Generate {
        pace: Pace,
        deadline: Deadline,
        /// Written after every token; read at the deadline.
        progress: Arc<Mutex<Progress>>,
    },
    /// Reading a prompt ahead.
    Prepare,
}

/// How far a run is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) text: String,
    pub(crate) n_tokens: usize,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum RunEnd {
    Generated(Generation),
    Prepared,
    /// It was given up before its turn, or the server behind the worker was turned off.
    Skipped,
    Failed(RunError),
    /// The engine panicked; the worker is gone.
    Crashed,
}

/// Why a model did not come up.
#[derive(Debug)]
pub(crate) enum LoadFailure {
    Engine(RunError),
    Crashed,
}

/// The handle of a running worker. Dropping it lets the worker end after its jobs.
#[derive(Debug)]
pub(crate) struct Worker {
    jobs: mpsc::UnboundedSender<Job>,
    /// Closed when the worker has dropped its model.
    ended: watch::Receiver<()>,
    /// Set when the worker is to end. A server is sent nothing then that it has not got already.
    is_ending: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What a model showed when it came up.
#[derive(Debug, Default)]
pub(crate) struct Arrival {
    /// Its first run; `None` for a server, or if it failed.
    pub(crate) run: Option<Generation>,
    /// See [`Engine::refusal`].
    pub(crate) refusal: Option<String>,
}

/// Tells once whether the model came up.
pub(crate) type Ready = oneshot::Receiver<Result<Arrival, LoadFailure>>;

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
        let queue = Queue { jobs: queue, is_ending: Arc::clone(&is_ending) };
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
            let _ = off_the_runtime(move || thread.join()).await;
        }
    }
}

/// What a worker has to do.
struct Queue {
    jobs: mpsc::UnboundedReceiver<Job>,
    is_ending: Arc<AtomicBool>,
}

impl Queue {
    /// Whether a job that has its turn is to be done.
    fn is_wanted(&self, job: &Job, model: &InstalledModel) -> bool {
        let is_turned_off = model.remote.is_some() && self.is_ending.load(Ordering::Acquire);
        !job.run.cancel.is_cancelled() && !is_turned_off
    }
}

/// The life of a worker.
async fn serve(
    loader: &dyn EngineLoader,
    model: &InstalledModel,
    options: LoadOptions,
    ready: oneshot::Sender<Result<Arrival, LoadFailure>>,
    mut queue: Queue,
) {
    let load = AssertUnwindSafe(bring_up(loader, model, options)).catch_unwind();
    let (mut engine, arrival) = match load.await {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(error)) => return drop(ready.send(Err(LoadFailure::Engine(error)))),
        Err(_) => return drop(ready.send(Err(LoadFailure::Crashed))),
    };
    // Nobody waits for it any more: the load took too long.
    if ready.send(Ok(arrival)).is_err() {
        return;
    }
    while let Some(job) = queue.jobs.recv().await {
        // Before the look at its token: who cancels a run and then finds it not started knows that it
        // will not be.
        job.is_started.store(true, Ordering::SeqCst);
        if !queue.is_wanted(&job, model) {
            job.is_started.store(false, Ordering::SeqCst);
            let _ = job.reply.send(RunEnd::Skipped);
            continue;
        }
        let Job { run, task, reply, span, .. } = job;
        let work =
            AssertUnwindSafe(perform(&mut *engine, &run, task).instrument(span)).catch_unwind();
        let end = work.await.unwrap_or(RunEnd::Crashed);
        let is_crashed = matches!(end, RunEnd::Crashed);
        if is_crashed {
            // What a panic left behind may panic again when dropped; neither may end the process.
            let _ = std::panic::catch_unwind(AssertUnwindSafe(move || drop(engine)));
            return drop(reply.send(end));
        }
        let _ = reply.send(end);
    }
}

/// Loads and warms up; the run that follows shows how fast the model is here.
async fn bring_up(
    loader: &dyn EngineLoader,
    model: &InstalledModel,
    options: LoadOptions,
) -> Result<(Box<dyn Engine>, Arrival), RunError> {
    let mut engine = loader.load(model, options).await?;
    engine.warm_up().await?;
    if model.remote.is_some() {
        return Ok((engine, Arrival::default()));
    }
    // The longest prompt makes every buffer as large as it gets, so that the size measured now is
    // the size in use: 139 MB for the embedded model, against 117 before.
    let n_prompt_tokens = model.max_prompt_tokens.min(LONGEST_TRIAL);
    run_to_the_end(&mut *engine, &trial("# first\n", n_prompt_tokens, 2)).await.ok();
    let run = run_to_the_end(&mut *engine, &trial("# second\n", 100, 12)).await.ok();
    let refusal = engine.refusal().map(str::to_owned);
    Ok((engine, Arrival { run, refusal }))
}

async fn run_to_the_end(engine: &mut dyn Engine, run: &Run) -> Result<Generation, RunError> {
    engine.generate(run, &mut |_: &Step<'_>| ControlFlow::Continue(())).await
}

/// A completion of ordinary code, with a prompt of at least that many tokens if the model reads so
/// many. Two with different beginnings have nothing in common that a decoder would not read again:
/// the time to read a token is to be measured.
fn trial(beginning: &str, n_prompt_tokens: usize, max_new_tokens: usize) -> Run {
    const LINES: &str = "def mean(values):\n    total = sum(values)\n    ";
    /// Tokens of the lines, as counted by a tokenizer that knows them well.
    const MIN_TOKENS: usize = 12;
    let lines = LINES.repeat(n_prompt_tokens / MIN_TOKENS + 1);
    let prompt = Prompt {
        segments: Segments { prefix: format!("{beginning}{lines}"), suffix: String::new() },
        language: Language::Python,
        mode: Mode::Free,
    };
    // Lines that repeat are guessed better than most code is.
    let n_draft_tokens = Some(0);
    let config = GenerationConfig { max_new_tokens, n_draft_tokens, ..GenerationConfig::default() };
    Run { prompt, config, cancel: CancelToken::new() }
}

async fn perform(engine: &mut dyn Engine, run: &Run, task: Task) -> RunEnd {
    let result = match task {
        Task::Prepare => engine.prepare(run).await.map(|()| RunEnd::Prepared),
        Task::Generate { mut pace, deadline, progress } => {
            let mut on_step = |step: &Step<'_>| {
                let mut progress = lock(&progress);
                progress.text.clear();
                progress.text.push_str(step.text);
                progress.n_tokens = step.n_tokens;
                drop(progress);
                pace.next(step.text, step.n_tokens, step.elapsed, deadline.remaining())
            };
            engine.generate(run, &mut on_step).await.map(RunEnd::Generated)
        }
    };
    result.unwrap_or_else(RunEnd::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_that_measures_begins_with_nothing_that_was_read() {
        let (first, second) = (trial("# first\n", 512, 2), trial("# second\n", 100, 12));
        let [first, second] = [first, second].map(|run| run.prompt.segments.prefix);
        let pairs = first.chars().zip(second.chars());
        let n_common = pairs.take_while(|(a, b)| a == b).count();
        assert_eq!(n_common, "# ".len(), "a decoder reads what two prompts share only once");
    }
}
