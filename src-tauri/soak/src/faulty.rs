//! [`FaultyLoader`]: makes another loader's models fail at random, by a seed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pounce_engine::{EngineError, Generation, LoadOptions};
use pounce_service::InstalledModel;
use pounce_service::engines::fake::Fault;
use pounce_service::engines::{Engine, EngineLoader, OnStep, Run, RunError};

/// How often each fault happens: shares of all runs or loads, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultRates {
    /// Runs that return an error.
    pub error: f64,
    /// Runs that panic.
    pub panic: f64,
    /// Runs that are half a second late, but stop when told to.
    pub slow: f64,
    /// Runs that do not stop when told to, for a quarter of a second.
    pub stuck: f64,
    /// Loads that fail for want of memory.
    pub allocation: f64,
}

impl FaultRates {
    /// One run in twelve fails, and one load in five.
    pub const USUAL: Self =
        Self { error: 0.03, panic: 0.01, slow: 0.03, stuck: 0.01, allocation: 0.2 };
}

/// Makes the models of another loader fail at random.
pub(crate) struct FaultyLoader {
    inner: Arc<dyn EngineLoader>,
    dice: Arc<Dice>,
}

struct Dice {
    rates: FaultRates,
    rng: Mutex<fastrand::Rng>,
}

impl FaultyLoader {
    /// The same seed causes the same faults, as long as runs and loads come in the same order.
    pub(crate) fn new(inner: Arc<dyn EngineLoader>, rates: FaultRates, seed: u64) -> Self {
        let rng = Mutex::new(fastrand::Rng::with_seed(seed));
        Self { inner, dice: Arc::new(Dice { rates, rng }) }
    }
}

impl Dice {
    fn roll(&self) -> f64 {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }

    fn run_fault(&self) -> Option<Fault> {
        let FaultRates { error, panic, slow, stuck, .. } = self.rates;
        let shares = [
            (error, Fault::Error),
            (panic, Fault::Panic),
            (slow, Fault::Slow(Duration::from_millis(500))),
            (stuck, Fault::Stuck(Duration::from_millis(250))),
        ];
        let mut roll = self.roll();
        let hit = shares.into_iter().find(|(share, _)| {
            roll -= share;
            roll < 0.0
        });
        hit.map(|(_, fault)| fault)
    }
}

impl EngineLoader for FaultyLoader {
    fn load<'a>(
        &'a self,
        model: &'a InstalledModel,
        options: LoadOptions,
    ) -> BoxFuture<'a, Result<Box<dyn Engine>, RunError>> {
        async move {
            if self.dice.roll() < self.dice.rates.allocation {
                let reason = "injected fault: cannot allocate memory".to_owned();
                return Err(EngineError::Run { stage: "load", reason }.into());
            }
            let engine = self.inner.load(model, options).await?;
            Ok(Box::new(FaultyEngine { engine, dice: Arc::clone(&self.dice) }) as Box<dyn Engine>)
        }
        .boxed()
    }
}

struct FaultyEngine {
    engine: Box<dyn Engine>,
    dice: Arc<Dice>,
}

impl Engine for FaultyEngine {
    fn generate<'a>(
        &'a mut self,
        run: &'a Run,
        on_step: &'a mut OnStep<'a>,
    ) -> BoxFuture<'a, Result<Generation, RunError>> {
        async move {
            Fault::inject(self.dice.run_fault(), &run.cancel).await?;
            self.engine.generate(run, on_step).await
        }
        .boxed()
    }

    fn prepare<'a>(&'a mut self, run: &'a Run) -> BoxFuture<'a, Result<(), RunError>> {
        async move {
            Fault::inject(self.dice.run_fault(), &run.cancel).await?;
            self.engine.prepare(run).await
        }
        .boxed()
    }

    fn device_fallback_reason(&self) -> Option<&str> {
        self.engine.device_fallback_reason()
    }

    fn warm_up(&mut self) -> BoxFuture<'_, Result<(), RunError>> {
        self.engine.warm_up()
    }
}
