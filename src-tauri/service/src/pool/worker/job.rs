//! [`Job`]: one thing for a worker to do with its model, and how it ends.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use pounce_engine::{Generation, Step};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Span;

use crate::engines::{Engine, Run, RunError};
use crate::request::{Deadline, Pace};
use pounce_models::sync::lock;

/// One thing for a model to do.
pub(crate) struct Job {
    pub(crate) run: Run,
    pub(crate) task: Task,
    /// Set when the job's turn comes.
    pub(crate) is_started: Arc<AtomicBool>,
    /// Receives the end. It closes without one if the worker is gone.
    pub(crate) reply: oneshot::Sender<RunEnd>,
    pub(crate) span: Span,
}

/// What a job is for.
pub(crate) enum Task {
    /// A completion.
    Generate {
        pace: Pace,
        deadline: Deadline,
        /// Written after every token; read at the deadline.
        progress: Arc<Mutex<Progress>>,
    },
    /// Other completions of the prompt that was just completed.
    Search(Search),
    /// Reading a prompt ahead.
    Prepare,
}

/// A search for other completions.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    /// What the last run of the same prompt gave.
    pub(crate) first: Generation,
    /// How many others are wanted.
    pub(crate) n: usize,
    /// When to give up.
    pub(crate) until: Instant,
    /// Those that were found so far.
    pub(crate) found: Arc<Mutex<Vec<Generation>>>,
}

/// The text of a run so far.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) text: String,
    pub(crate) n_tokens: usize,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum RunEnd {
    Generated(Generation),
    /// What was found is in the [`Search`].
    Searched,
    Prepared,
    /// It was cancelled before its turn, or the server behind the worker was turned off.
    Skipped,
    Failed(RunError),
    /// The engine panicked; the worker is gone.
    Crashed,
}

/// Runs the engine for one task.
pub(super) async fn perform(engine: &mut dyn Engine, run: &Run, task: Task) -> RunEnd {
    let result = match task {
        Task::Prepare => engine.prepare(run).await.map(|()| RunEnd::Prepared),
        Task::Generate { mut pace, deadline, progress } => {
            let mut on_step = |step: &Step<'_>| -> ControlFlow<()> {
                lock(&progress).set(step);
                pace.next(step.text, step.n_tokens, step.elapsed, deadline.remaining())
            };
            engine.generate(run, &mut on_step).await.map(RunEnd::Generated)
        }
        Task::Search(search) => search.run(engine, run).await.map(|()| RunEnd::Searched),
    };
    result.unwrap_or_else(RunEnd::Failed)
}

impl Search {
    async fn run(&self, engine: &mut dyn Engine, run: &Run) -> Result<(), RunError> {
        let mut on_step = |_: &Step<'_>| continue_if(Instant::now() < self.until);
        let mut on_candidate = |candidate| {
            let mut found = lock(&self.found);
            found.push(candidate);
            continue_if(found.len() < self.n)
        };
        engine.candidates(run, &self.first, &mut on_step, &mut on_candidate).await
    }
}

fn continue_if(condition: bool) -> ControlFlow<()> {
    if condition { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

impl Progress {
    fn set(&mut self, step: &Step<'_>) {
        self.text.clear();
        self.text.push_str(step.text);
        self.n_tokens = step.n_tokens;
    }
}
