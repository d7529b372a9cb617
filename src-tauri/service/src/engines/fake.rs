//! A scripted engine for tests and the soak: it "computes" by sleeping, so that under paused time a
//! test of deadlines is exact and instant. It records what it was asked to do.

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pounce_engine::{
    CancelToken, EngineError, FinishReason, Generation, GenerationConfig, LoadOptions, Prompt,
    StageTimings, Step,
};
use tokio::time::{Instant, sleep};

use super::cancelled::cancelled;
use super::engine::{Engine, EngineLoader, OnCandidate, OnStep, Run};
use super::run_error::RunError;
use crate::calibration::BUFFER_BYTES;
use crate::pool::memory::{MemoryProbe, Readings};
use pounce_models::catalog::{ModelId, Tier};
use pounce_models::registry::{InstalledModel, ModelRegistry};
use pounce_models::sync::lock;

/// How one fake model behaves.
#[derive(Debug, Clone)]
pub struct FakeModel {
    /// Its rank among the models.
    pub tier: Tier,
    /// Bytes that it takes when loaded.
    pub resident_bytes: u64,
    /// Time to load and warm up.
    pub load: Duration,
    /// Time to read a prompt.
    pub encode: Duration,
    /// Time to write a token.
    pub step: Duration,
    /// The tokens that it always answers.
    pub tokens: Vec<&'static str>,
    /// The probability of that answer; `None` if it does not tell.
    pub probability: Option<f32>,
    /// Other answers, each of one token, with their probabilities.
    pub alternatives: Vec<(&'static str, f32)>,
}

impl Default for FakeModel {
    fn default() -> Self {
        Self {
            tier: Tier::Small,
            resident_bytes: 100 << 20,
            load: Duration::from_millis(300),
            encode: Duration::from_millis(20),
            step: Duration::from_millis(2),
            tokens: vec!["a", " +", " b"],
            probability: None,
            alternatives: Vec::new(),
        }
    }
}

/// What goes wrong in one run or load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The engine returns an error.
    Error,
    /// It panics.
    Panic,
    /// It takes longer by this time, but stops when told to.
    Slow(Duration),
    /// It neither comes back nor stops when told to, for this time.
    Stuck(Duration),
    /// It never comes back.
    Lost,
}

/// Loads fake models. Clones share everything.
#[derive(Debug, Clone, Default)]
pub struct FakeLoader(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    models: Mutex<HashMap<ModelId, FakeModel>>,
    load_faults: Mutex<HashMap<ModelId, VecDeque<Fault>>>,
    run_faults: Mutex<HashMap<ModelId, VecDeque<Fault>>>,
    /// What it was asked to do, in order: `load a`, `run a`, `prepare a`, `drop a`.
    log: Mutex<Vec<String>>,
    /// How each run was asked to generate.
    configs: Mutex<Vec<GenerationConfig>>,
    /// What each run was asked to complete.
    prompts: Mutex<Vec<Prompt>>,
    resident_bytes: AtomicU64,
}

impl FakeLoader {
    /// A loader of these models.
    pub fn new(models: impl IntoIterator<Item = (&'static str, FakeModel)>) -> Self {
        let loader = Self::default();
        lock(&loader.0.models).extend(models.into_iter().map(|(id, model)| (id.into(), model)));
        loader
    }

    /// The registry in which they are installed.
    pub fn registry(&self) -> ModelRegistry {
        let models = lock(&self.0.models);
        let mut installed: Vec<_> = models.iter().map(|(id, model)| installed(id, model)).collect();
        installed.sort_by(|a, b| a.id.cmp(&b.id));
        ModelRegistry::of(installed)
    }

    /// Makes the next run of a model fail.
    pub fn break_run(&self, id: &str, fault: Fault) {
        lock(&self.0.run_faults).entry(id.into()).or_default().push_back(fault);
    }

    /// Makes the next load of a model fail.
    pub fn break_load(&self, id: &str, fault: Fault) {
        lock(&self.0.load_faults).entry(id.into()).or_default().push_back(fault);
    }

    /// Takes how the runs so far were asked to generate.
    pub fn take_configs(&self) -> Vec<GenerationConfig> {
        std::mem::take(&mut *lock(&self.0.configs))
    }

    /// Takes what the runs so far were asked to complete.
    pub fn take_prompts(&self) -> Vec<Prompt> {
        std::mem::take(&mut *lock(&self.0.prompts))
    }

    /// Takes the list of what it was asked to do so far.
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.0.log))
    }

    /// A machine with `total_bytes` of memory, of which the loaded models take their part.
    pub fn machine(&self, total_bytes: u64) -> Arc<FakeMachine> {
        Arc::new(FakeMachine { loader: self.clone(), total_bytes, others_bytes: AtomicU64::new(0) })
    }

    fn note(&self, what: &str, id: &ModelId) {
        lock(&self.0.log).push(format!("{what} {id}"));
    }
}

fn installed(id: &ModelId, model: &FakeModel) -> InstalledModel {
    InstalledModel {
        id: id.clone(),
        dir: "/fake".into(),
        tier: model.tier,
        // So that the size expected before the first load is the real one.
        disk_bytes: model.resident_bytes.saturating_sub(BUFFER_BYTES) / 2,
        max_prompt_tokens: 448,
        fingerprint: "fake".to_owned(),
        remote: None,
    }
}

impl EngineLoader for FakeLoader {
    fn load<'a>(
        &'a self,
        model: &'a InstalledModel,
        _: LoadOptions,
    ) -> BoxFuture<'a, Result<Box<dyn Engine>, RunError>> {
        async move {
            let id = model.id.clone();
            self.note("load", &id);
            let script = lock(&self.0.models).get(&id).cloned().unwrap_or_default();
            let fault = lock(&self.0.load_faults).get_mut(&id).and_then(VecDeque::pop_front);
            Fault::inject(fault, &CancelToken::new()).await?;
            sleep(script.load).await;
            self.0.resident_bytes.fetch_add(script.resident_bytes, Ordering::SeqCst);
            Ok(Box::new(FakeEngine { loader: self.clone(), id, script, prepared: None })
                as Box<dyn Engine>)
        }
        .boxed()
    }
}

struct FakeEngine {
    loader: FakeLoader,
    id: ModelId,
    script: FakeModel,
    /// The prefix that was read ahead.
    prepared: Option<String>,
}

impl Engine for FakeEngine {
    fn generate<'a>(
        &'a mut self,
        run: &'a Run,
        on_step: &'a mut OnStep<'a>,
    ) -> BoxFuture<'a, Result<Generation, RunError>> {
        async move {
            self.loader.note("run", &self.id);
            lock(&self.loader.0.configs).push(run.config.clone());
            let fault =
                lock(&self.loader.0.run_faults).get_mut(&self.id).and_then(VecDeque::pop_front);
            Fault::inject(fault, &run.cancel).await?;
            Ok(self.play(run, on_step).await)
        }
        .boxed()
    }

    fn candidates<'a>(
        &'a mut self,
        run: &'a Run,
        first: &'a Generation,
        on_step: &'a mut OnStep<'a>,
        on_candidate: &'a mut OnCandidate<'a>,
    ) -> BoxFuture<'a, Result<(), RunError>> {
        async move {
            self.loader.note("search", &self.id);
            for (text, probability) in &self.script.alternatives {
                let is_there = work(self.script.step, &run.cancel).await;
                let step = Step { text, n_tokens: 1, elapsed: Duration::ZERO };
                let is_stopped = !is_there || on_step(&step).is_break();
                let (text, log_probs) = ((*text).to_owned(), vec![probability.ln()]);
                let found = Generation { text, log_probs, token_ids: vec![7], ..first.clone() };
                if is_stopped || on_candidate(found).is_break() {
                    break;
                }
            }
            Ok(())
        }
        .boxed()
    }

    fn prepare<'a>(&'a mut self, run: &'a Run) -> BoxFuture<'a, Result<(), RunError>> {
        async move {
            self.loader.note("prepare", &self.id);
            if work(self.script.encode, &run.cancel).await {
                self.prepared = Some(run.prompt.segments.prefix.clone());
            }
            Ok(())
        }
        .boxed()
    }

    fn warm_up(&mut self) -> BoxFuture<'_, Result<(), RunError>> {
        async { Ok(()) }.boxed()
    }
}

impl FakeEngine {
    async fn play(&mut self, run: &Run, on_step: &mut OnStep<'_>) -> Generation {
        let started = Instant::now();
        lock(&self.loader.0.prompts).push(run.prompt.clone());
        let is_prepared =
            self.prepared.take().is_some_and(|prefix| prefix == run.prompt.segments.prefix);
        let encode = if is_prepared { Duration::ZERO } else { self.script.encode };
        let (text, n_tokens, finish) = if work(encode, &run.cancel).await {
            self.write(run, started, on_step).await
        } else {
            (String::new(), 0, FinishReason::Cancelled)
        };
        let timings = StageTimings {
            encode,
            decode: started.elapsed().saturating_sub(encode),
            ..Default::default()
        };
        let n_prompt_tokens = run.prompt.segments.prefix.len().div_ceil(3);
        Generation {
            log_probs: self.script.probability.map_or_else(Vec::new, |p| vec![p.ln()]),
            n_prompt_tokens,
            n_read_tokens: if is_prepared { 0 } else { n_prompt_tokens },
            timings,
            ..Generation::of_text(text, n_tokens, finish)
        }
    }

    /// Writes the script's tokens: the text, how many they are, and why no more came.
    async fn write(
        &self,
        run: &Run,
        started: Instant,
        on_step: &mut OnStep<'_>,
    ) -> (String, usize, FinishReason) {
        let mut text = String::new();
        for (n_before, token) in self.script.tokens.iter().enumerate() {
            if !work(self.script.step, &run.cancel).await {
                return (text, n_before, FinishReason::Cancelled);
            }
            text.push_str(token);
            let n_tokens = n_before + 1;
            let step = Step { text: &text, n_tokens, elapsed: started.elapsed() };
            if on_step(&step).is_break() {
                return (text, n_tokens, FinishReason::Yielded);
            }
            if n_tokens == run.config.max_new_tokens {
                return (text, n_tokens, FinishReason::Length);
            }
        }
        (text, self.script.tokens.len(), FinishReason::Stop)
    }
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        self.loader.0.resident_bytes.fetch_sub(self.script.resident_bytes, Ordering::SeqCst);
        self.loader.note("drop", &self.id);
    }
}

impl Fault {
    /// Makes the fault happen now, in a run that `cancel` stops; returns if the run may go on.
    ///
    /// # Errors
    /// The error of [`Fault::Error`].
    ///
    /// # Panics
    /// That is what [`Fault::Panic`] does.
    pub async fn inject(fault: Option<Self>, cancel: &CancelToken) -> Result<(), EngineError> {
        match fault {
            None => {}
            Some(Fault::Error) => {
                return Err(EngineError::Run {
                    stage: "decode",
                    reason: "injected fault".to_owned(),
                });
            }
            Some(Fault::Panic) => panic!("injected fault"),
            Some(Fault::Slow(time)) => drop(work(time, cancel).await),
            Some(Fault::Stuck(time)) => sleep(time).await,
            Some(Fault::Lost) => pending().await,
        }
        Ok(())
    }
}

/// Works for a time; false if it was cancelled meanwhile.
async fn work(time: Duration, cancel: &CancelToken) -> bool {
    tokio::select! {
        biased;
        () = cancelled(cancel) => false,
        () = sleep(time) => true,
    }
}

/// A machine whose memory is taken by fake models.
#[derive(Debug)]
pub struct FakeMachine {
    loader: FakeLoader,
    total_bytes: u64,
    others_bytes: AtomicU64,
}

impl FakeMachine {
    /// Sets how many bytes other programs take.
    pub fn occupy(&self, others_bytes: u64) {
        self.others_bytes.store(others_bytes, Ordering::SeqCst);
    }
}

impl MemoryProbe for FakeMachine {
    fn read(&self) -> Readings {
        let process_bytes = self.loader.0.resident_bytes.load(Ordering::SeqCst);
        let taken = process_bytes + self.others_bytes.load(Ordering::SeqCst);
        let available_bytes = self.total_bytes.saturating_sub(taken);
        Readings {
            process_bytes,
            total_bytes: self.total_bytes,
            available_bytes,
            headroom_bytes: available_bytes,
            stall: None,
        }
    }
}
