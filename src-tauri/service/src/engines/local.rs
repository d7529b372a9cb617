//! [`LocalLoader`]: models run on this machine, by our own kernels or by ONNX Runtime.

use std::sync::OnceLock;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pounce_engine::{Device, EngineError, Generation, LoadOptions, Model, Runtime, Step};

use super::engine::{Engine, EngineLoader, OnCandidate, OnStep, Run};
use super::run_error::RunError;
use pounce_models::registry::InstalledModel;

/// Loads models of this machine. The engine runs them with its own kernels where those know the model
/// and the processor, else with ONNX Runtime, whose library is looked for at the first load.
#[derive(Debug, Default)]
pub struct LocalLoader {
    runtime: OnceLock<Runtime>,
}

impl LocalLoader {
    fn runtime(&self, device: Device) -> Result<&Runtime, EngineError> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        // A library that is missing now may be there at the next attempt: only success is kept.
        let found = Runtime::find_for(device)?;
        Ok(self.runtime.get_or_init(|| found))
    }

    fn open(
        &self,
        model: &InstalledModel,
        options: &LoadOptions,
    ) -> Result<Box<dyn Engine>, EngineError> {
        let opened = Model::load(self.runtime(options.device)?, &model.dir, options)?;
        tracing::info!(model = %model.id, runner = opened.placement().runner(), "opened");
        Ok(Box::new(LocalEngine(opened)))
    }
}

impl EngineLoader for LocalLoader {
    fn load<'a>(
        &'a self,
        model: &'a InstalledModel,
        options: LoadOptions,
    ) -> BoxFuture<'a, Result<Box<dyn Engine>, RunError>> {
        async move { Ok(self.open(model, &options)?) }.boxed()
    }
}

struct LocalEngine(Model);

impl Engine for LocalEngine {
    fn generate<'a>(
        &'a mut self,
        run: &'a Run,
        on_step: &'a mut OnStep<'a>,
    ) -> BoxFuture<'a, Result<Generation, RunError>> {
        let Run { prompt, config, cancel } = run;
        let mut on_step = |step: &Step<'_>| on_step(step);
        async move { Ok(self.0.generate(prompt, config, cancel, &mut on_step)?) }.boxed()
    }

    fn candidates<'a>(
        &'a mut self,
        run: &'a Run,
        first: &'a Generation,
        on_step: &'a mut OnStep<'a>,
        on_candidate: &'a mut OnCandidate<'a>,
    ) -> BoxFuture<'a, Result<(), RunError>> {
        let Run { prompt, config, cancel } = run;
        let mut on_step = |step: &Step<'_>| on_step(step);
        let mut on_candidate = |candidate: Generation| on_candidate(candidate);
        async move {
            let Self(model) = self;
            model.candidates(prompt, config, first, cancel, &mut on_step, &mut on_candidate)?;
            Ok(())
        }
        .boxed()
    }

    fn prepare<'a>(&'a mut self, run: &'a Run) -> BoxFuture<'a, Result<(), RunError>> {
        async move { Ok(self.0.prepare(&run.prompt, &run.config, &run.cancel)?) }.boxed()
    }

    fn device_fallback_reason(&self) -> Option<&str> {
        self.0.placement().refusal.as_deref()
    }

    fn warm_up(&mut self) -> BoxFuture<'_, Result<(), RunError>> {
        async move { Ok(self.0.warm_up()?) }.boxed()
    }
}
