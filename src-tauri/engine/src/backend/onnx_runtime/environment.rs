//! [`SharedEnvironment`]: one thread pool for all loaded models.
//!
//! By default every session of ONNX Runtime has threads of its own, and waiting threads spin. An
//! encoder's threads would spin on the cores that its decoder needs: on two cores with the embedded
//! model that doubles both times (a step takes 1.8 ms instead of 0.9, the encoder 88 ms instead of
//! 39 at 256 tokens). So the sessions share the pool of their environment.
//!
//! If [`pounce_cpu`] runs the encoder, the decoder's session has threads of its own. They spin for
//! about one step and then sleep, because the encoder's kernels need the same cores next.
//!
//! ONNX Runtime allows one environment per process, so it is created once and kept; its threads
//! sleep while no model runs. The first model sets its size. A model that needs another number of
//! threads gets its own pool; with one thread, it runs on its caller's.

use std::sync::{Mutex, PoisonError};

use ort::environment::{Environment, GlobalThreadPoolOptions};
use ort::session::builder::SessionBuilder;

use super::runtime::Runtime;
use crate::backend::load_options::LoadOptions;

/// Whether threads spin between operators: faster on an idle machine, slower on a busy one
/// (`bench/PERFORMANCE.md`). They sleep while no model runs.
const SPINS: bool = true;
/// How long a session's own threads spin, in microseconds. With 200 they fall asleep within a step;
/// with 3,000 they still spin after a completion, and the encoder takes up to twice as long.
const SPIN_US: &str = "1000";

/// The threads that a session runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threads {
    /// Those of the environment, if they suit a model of this many graphs; see [`shares_pool`].
    Shared { n_graphs: usize },
    /// A pool of the session's own.
    Own,
}

/// ONNX Runtime's environment, and the options of the model that it was created for.
#[derive(Debug)]
pub(super) struct SharedEnvironment {
    environment: Environment,
    options: LoadOptions,
}

static SHARED: Mutex<Option<&'static SharedEnvironment>> = Mutex::new(None);

impl SharedEnvironment {
    /// The environment of this process. The first call creates it, with the threads of `options`.
    ///
    /// # Errors
    /// The errors of ONNX Runtime.
    pub(super) fn get(_: &Runtime, options: &LoadOptions) -> ort::Result<&'static Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(environment) = *shared {
            return Ok(environment);
        }
        let pool = GlobalThreadPoolOptions::default()
            .with_intra_threads(options.n_threads())?
            .with_inter_threads(1)?
            .with_spin_control(SPINS)?;
        let builder = ort::init().with_name("pounce").with_telemetry(false);
        let environment = builder.with_global_thread_pool(pool).build()?;
        Ok(shared.insert(Box::leak(Box::new(Self { environment, options: *options }))))
    }

    /// A builder for sessions of a model with these `options`. The sessions get threads of their
    /// own if the shared ones do not suit.
    ///
    /// # Errors
    /// The errors of ONNX Runtime.
    pub(super) fn session_builder(
        &self,
        options: &LoadOptions,
        threads: Threads,
    ) -> ort::Result<SessionBuilder> {
        let builder = SessionBuilder::new(&self.environment)?;
        match threads {
            Threads::Shared { n_graphs } if shares_pool(&self.options, options, n_graphs) => {
                return Ok(builder);
            }
            Threads::Shared { .. } | Threads::Own => {}
        }
        let builder =
            builder.with_independent_thread_pool()?.with_intra_threads(options.n_threads())?;
        let builder = builder.with_intra_op_spinning(SPINS)?;
        Ok(builder.with_config_entry("session.intra_op.spin_duration_us", SPIN_US)?)
    }
}

/// Whether a model of `n_graphs` with the options `wanted` runs on the pool that was created for
/// `pool`.
fn shares_pool(pool: &LoadOptions, wanted: &LoadOptions, n_graphs: usize) -> bool {
    let has_same_size = wanted.n_threads() == pool.n_threads();
    let would_spin_on_itself = n_graphs > 1 && wanted.n_threads() > 1;
    has_same_size || (wanted.prefers_shared_threads && would_spin_on_itself)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_leaves_the_shared_pool_only_for_threads_that_do_not_disturb_each_other() {
        let set = |threads| LoadOptions { threads, ..LoadOptions::default() };
        let measured = |threads| LoadOptions { prefers_shared_threads: true, ..set(threads) };
        let check = |pool, wanted, n_graphs, expected, why: &str| {
            assert_eq!(shares_pool(&pool, &wanted, n_graphs), expected, "{why}");
        };
        check(set(2), set(2), 2, true, "as many threads");
        let as_many = set(0).n_threads();
        check(set(0), set(as_many), 2, true, "as many, chosen by the machine or by the user");
        check(set(2), set(4), 2, false, "the user's number is used");
        check(set(2), measured(4), 2, true, "two pools of one model would disturb each other");
        check(set(2), measured(4), 1, false, "one graph has one pool, and nothing else runs");
        check(set(2), measured(1), 2, false, "one thread is the caller's: nothing spins");
    }
}
