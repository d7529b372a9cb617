//! [`Engine`] and [`EngineLoader`]: the seam between the service and what runs a model.
//!
//! The methods are futures for the sake of servers and of the fake: an engine that computes does so
//! inside of them, on a thread of its own that awaits nothing else.

use std::ops::ControlFlow;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use pounce_engine::{CancelToken, Generation, GenerationConfig, LoadOptions, Prompt, Step};

use super::run_error::RunError;
use pounce_models::registry::InstalledModel;

/// One run of an engine.
#[derive(Debug, Clone)]
pub struct Run {
    /// The code to complete.
    pub prompt: Prompt,
    /// How to generate.
    pub config: GenerationConfig,
    /// Stops the run.
    pub cancel: CancelToken,
}

/// Called after every token; may end the run.
pub type OnStep<'a> = dyn FnMut(&Step<'_>) -> ControlFlow<()> + Send + 'a;

/// Called with every further completion; may end the search.
pub type OnCandidate<'a> = dyn FnMut(Generation) -> ControlFlow<()> + Send + 'a;

/// A loaded model: one run at a time.
pub trait Engine: Send {
    /// Completes a prompt.
    fn generate<'a>(
        &'a mut self,
        run: &'a Run,
        on_step: &'a mut OnStep<'a>,
    ) -> BoxFuture<'a, Result<Generation, RunError>>;

    /// Searches for other completions of a prompt that `generate` has just completed with `first`.
    /// An engine that cannot search finds none.
    fn candidates<'a>(
        &'a mut self,
        _run: &'a Run,
        _first: &'a Generation,
        _on_step: &'a mut OnStep<'a>,
        _on_candidate: &'a mut OnCandidate<'a>,
    ) -> BoxFuture<'a, Result<(), RunError>> {
        async { Ok(()) }.boxed()
    }

    /// Reads a prompt ahead, so that the next `generate` of the same prompt is faster.
    fn prepare<'a>(&'a mut self, run: &'a Run) -> BoxFuture<'a, Result<(), RunError>>;

    /// Why it runs on another device than it was to be loaded for; `None` if it does not.
    fn device_fallback_reason(&self) -> Option<&str> {
        None
    }

    /// Prepares the model, so that its first completion is as fast as later ones.
    fn warm_up(&mut self) -> BoxFuture<'_, Result<(), RunError>>;
}

/// Loads models. Shared by all threads.
pub trait EngineLoader: Send + Sync {
    /// Loads a model.
    fn load<'a>(
        &'a self,
        model: &'a InstalledModel,
        options: LoadOptions,
    ) -> BoxFuture<'a, Result<Box<dyn Engine>, RunError>>;
}
