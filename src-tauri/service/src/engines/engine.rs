//! [`Engine`] and [`EngineLoader`]: the seam between the service and what runs a model.
//!
//! The real ones are [`OnnxLoader`]'s, which compute here, and those of [`remote`], which ask a
//! server; [`fake`] plays a script in virtual time, [`faulty`] breaks another one at random. The
//! methods are futures for the sake of the server and the fake: an engine that computes does so
//! inside of them, on a thread of its own, and is never awaited by anything else.

pub mod fake;
pub mod faulty;
mod loader;
mod onnx;
pub mod remote;

use std::ops::ControlFlow;

use futures_util::future::BoxFuture;
use pounce_engine::{
    CancelToken, EngineError, Generation, GenerationConfig, LoadOptions, Prompt, Step,
};

pub use loader::Loader;
pub use onnx::OnnxLoader;

use crate::registry::InstalledModel;
use remote::RemoteError;

/// Why a model could not be loaded, or a run failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The engine of this machine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The server failed, or cannot be reached.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

/// One run, as the engine is asked for it.
#[derive(Debug, Clone)]
pub struct Run {
    /// What to complete.
    pub prompt: Prompt,
    /// How.
    pub config: GenerationConfig,
    /// Stops the run.
    pub cancel: CancelToken,
}

/// Called after every token; may end the run there.
pub type OnStep<'a> = dyn FnMut(&Step<'_>) -> ControlFlow<()> + Send + 'a;

/// A loaded model: one run at a time.
pub trait Engine: Send {
    /// Completes a prompt.
    fn generate<'a>(
        &'a mut self,
        run: &'a Run,
        on_step: &'a mut OnStep<'a>,
    ) -> BoxFuture<'a, Result<Generation, RunError>>;

    /// Reads a prompt ahead, so that a `generate` of the same prompt that follows is faster.
    fn prepare<'a>(&'a mut self, run: &'a Run) -> BoxFuture<'a, Result<(), RunError>>;

    /// Why it does not run on the device that it was to be loaded for; `None` if it does.
    fn refusal(&self) -> Option<&str> {
        None
    }

    /// Makes the first completion as fast as the later ones.
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
