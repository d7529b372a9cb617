//! [`SharedEnvironment`]: one pool of threads for all loaded models.
//!
//! Left alone, every session of ONNX Runtime has threads of its own, and waiting threads spin. An
//! encoder's would spin on the cores that its decoder's need: measured on two cores with the
//! embedded model, that doubles both (a step 1.8 ms against 0.9, the encoder at 256 tokens 88 ms
//! against 39). So the sessions share the pool of their environment.
//!
//! ONNX Runtime allows one environment a process, so it is made once and stays; its threads sleep
//! while no model runs. Its size is that of the first model. A model that is to have another number
//! of threads gets threads of its own.

use std::sync::{Mutex, PoisonError};

use ort::environment::{Environment, GlobalThreadPoolOptions};
use ort::session::builder::SessionBuilder;

use super::Runtime;
use crate::load_options::LoadOptions;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct SharedEnvironment {
    environment: Environment,
    options: LoadOptions,
}

static SHARED: Mutex<Option<&'static SharedEnvironment>> = Mutex::new(None);

impl SharedEnvironment {
    /// The environment of this process; the first call makes it, with threads as `options` say.
    pub(super) fn get(_: &Runtime, options: &LoadOptions) -> ort::Result<&'static Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(environment) = *shared {
            return Ok(environment);
        }
        let pool = GlobalThreadPoolOptions::default()
            .with_intra_threads(options.n_threads())?
            .with_inter_threads(1)?
            .with_spin_control(options.spins())?;
        let builder = ort::init().with_name("pounce").with_telemetry(false);
        let environment = builder.with_global_thread_pool(pool).build()?;
        Ok(shared.insert(Box::leak(Box::new(Self { environment, options: *options }))))
    }

    /// A builder for sessions with threads as `options` say.
    pub(super) fn session_builder(&self, options: &LoadOptions) -> ort::Result<SessionBuilder> {
        let builder = SessionBuilder::new(&self.environment)?;
        if *options == self.options {
            return Ok(builder);
        }
        let builder =
            builder.with_independent_thread_pool()?.with_intra_threads(options.n_threads())?;
        Ok(builder.with_intra_op_spinning(options.spins())?)
    }
}
