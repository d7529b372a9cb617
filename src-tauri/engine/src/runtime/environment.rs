//! [`SharedEnvironment`]: one pool of threads for all loaded models.
//!
//! Left alone, every session of ONNX Runtime has threads of its own, and waiting threads spin. An
//! encoder's would spin on the cores that its decoder's need: measured on two cores with the
//! embedded model, that doubles both (a step 1.8 ms against 0.9, the encoder at 256 tokens 88 ms
//! against 39). So the sessions share the pool of their environment.
//!
//! The pool lives as long as a model that uses it; its size is that of the first. A model that is
//! to have another number of threads while it lives gets threads of its own.

use std::sync::{Arc, Mutex, PoisonError, Weak};

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

static CURRENT: Mutex<Weak<SharedEnvironment>> = Mutex::new(Weak::new());

impl SharedEnvironment {
    /// The living environment, or a new one with threads as `options` say.
    pub(super) fn get(_: &Runtime, options: &LoadOptions) -> ort::Result<Arc<Self>> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(living) = current.upgrade() {
            return Ok(living);
        }
        let pool = GlobalThreadPoolOptions::default()
            .with_intra_threads(options.n_threads())?
            .with_inter_threads(1)?
            .with_spin_control(options.spins())?;
        let environment = ort::init()
            .with_name("pounce")
            .with_telemetry(false)
            .with_global_thread_pool(pool)
            .build()?;
        let shared = Arc::new(Self { environment, options: *options });
        *current = Arc::downgrade(&shared);
        Ok(shared)
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
